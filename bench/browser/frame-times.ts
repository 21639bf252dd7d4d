/** How smoothly a page draws: the time between its frames, and the tasks that kept it from drawing. */
import type { Page } from "playwright-core";

export interface FrameTimes {
  framesPerS: number;
  /** Milliseconds between two frames; at 60 a second it is 16.7. */
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
  mostMs: number;
  /** Frames that came more than 25 ms after the one before: at least one was left out. */
  lateShare: number;
  /** Tasks of more than 50 ms (the browser's own measure), and how long they took together. */
  longTasks: number;
  longTasksMs: number;
}

const lateMs = 25;

/** Watches the page for so long, while `meanwhile` does something with it, such as scrolling. */
export async function frameTimes(page: Page, forMs: number, meanwhile?: () => Promise<void>): Promise<FrameTimes> {
  const watching = page.evaluate(watchFrames, forMs);
  await meanwhile?.();
  const { gaps, tasks } = await watching;
  gaps.sort((a, b) => a - b);
  const whole = gaps.reduce((sum, gap) => sum + gap, 0);
  return {
    framesPerS: (1_000 * gaps.length) / whole,
    p50Ms: ofSorted(gaps, 0.5),
    p95Ms: ofSorted(gaps, 0.95),
    p99Ms: ofSorted(gaps, 0.99),
    mostMs: gaps.at(-1) ?? Number.NaN,
    lateShare: gaps.filter((gap) => gap > lateMs).length / gaps.length,
    longTasks: tasks.length,
    longTasksMs: tasks.reduce((sum, task) => sum + task, 0),
  };
}

const ofSorted = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;

/** Runs in the page. Milliseconds between frames, and of long tasks. */
function watchFrames(forMs: number): Promise<{ gaps: number[]; tasks: number[] }> {
  return new Promise((resolve) => {
    const gaps: number[] = [];
    const tasks: number[] = [];
    const observer = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) tasks.push(duration);
    });
    observer.observe({ type: "longtask" });
    const end = performance.now() + forMs;
    let last: number | undefined;
    const frame = (now: number): void => {
      if (last !== undefined) gaps.push(now - last);
      last = now;
      if (now < end) requestAnimationFrame(frame);
      else {
        observer.disconnect();
        resolve({ gaps, tasks });
      }
    };
    requestAnimationFrame(frame);
  });
}
