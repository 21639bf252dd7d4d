/** A view of the dashboard in Chromium, and what a person feels of it: frames, long tasks, the delay of keys, memory. */
import { setTimeout as pause } from "node:timers/promises";
import type { CDPSession, Page } from "playwright-core";
import { startBrowser } from "../../test/support/browser.ts";

export interface Felt {
  /** From one frame to the next. */
  frameP50Ms: number;
  frameP95Ms: number;
  frameMaxMs: number;
  framesPerS: number;
  /** Of the main thread in a frame, from its first callback until what it draws is handed over. */
  workP95Ms: number;
  /** Tasks over 50 ms. */
  longTasks: number;
  longestTaskMs: number;
  /** From a key's press until the frame that follows it was handed over. */
  inputP95Ms: number;
  inputs: number;
  heapMb: number;
}

export interface DashboardPage {
  /** Presses keys that do nothing but be heard, and measures for so long. */
  measure(windowMs: number): Promise<Felt>;
  /** After a collection of garbage. */
  heapMb(): Promise<number>;
  text(selector: string): Promise<string>;
  close(): Promise<void>;
}

interface Options {
  port: number;
  token: string;
  path: string;
  /** Stands in the page once the view is there. */
  shown: string;
}

const shownWithinMs = 30_000;
const keyEveryMs = 250;

export async function openDashboardPage({ port, token, path, shown }: Options): Promise<DashboardPage> {
  const browser = await startBrowser();
  try {
    const page = await browser.newPage({ viewport: { width: 1_440, height: 900 } });
    await page.goto(`http://127.0.0.1:${port}/#token=${token}`);
    await page.locator("[data-testid=link-state]:visible[data-state=live]").waitFor({ timeout: shownWithinMs });
    await page.goto(`http://127.0.0.1:${port}${path}`);
    await page.locator(shown).first().waitFor({ timeout: shownWithinMs });
    const devtools = await page.context().newCDPSession(page);
    await devtools.send("Performance.enable");
    return {
      measure: (windowMs) => measure(page, devtools, windowMs),
      heapMb: () => heapMb(devtools),
      text: (selector) => page.locator(selector).first().innerText(),
      close: () => browser.close(),
    };
  } catch (error) {
    await browser.close();
    throw error;
  }
}

async function measure(page: Page, devtools: CDPSession, windowMs: number): Promise<Felt> {
  await page.evaluate(beginWatching);
  const untilMs = performance.now() + windowMs;
  while (performance.now() < untilMs) {
    // Shift alone moves nothing in any view.
    await page.keyboard.press("Shift");
    await pause(keyEveryMs);
  }
  const { frames, works, tasks, inputs, elapsedMs } = await page.evaluate(endWatching);
  return {
    frameP50Ms: share(frames, 0.5),
    frameP95Ms: share(frames, 0.95),
    frameMaxMs: share(frames, 1),
    framesPerS: (1_000 * frames.length) / elapsedMs,
    workP95Ms: share(works, 0.95),
    longTasks: tasks.length,
    longestTaskMs: tasks.length === 0 ? 0 : share(tasks, 1),
    inputP95Ms: share(inputs, 0.95),
    inputs: inputs.length,
    heapMb: await heapMb(devtools),
  };
}

interface Watched {
  frames: number[];
  works: number[];
  tasks: number[];
  inputs: number[];
  elapsedMs: number;
}

/** Runs in the page. */
function beginWatching(): void {
  const seen: Watched = { frames: [], works: [], tasks: [], inputs: [], elapsedMs: 0 };
  const startMs = performance.now();
  let isOn = true;
  let lastMs: number | undefined;
  /** A message is taken up after the frame was handed over to be drawn. */
  const afterFrame = (then: (nowMs: number) => void): void => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => then(performance.now());
    port2.postMessage(undefined);
  };
  const frame = (frameMs: number): void => {
    if (!isOn) return;
    if (lastMs !== undefined) seen.frames.push(frameMs - lastMs);
    lastMs = frameMs;
    const begunMs = performance.now();
    afterFrame((nowMs) => seen.works.push(nowMs - begunMs));
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  const onKey = ({ timeStamp }: KeyboardEvent): void => {
    requestAnimationFrame(() => afterFrame((nowMs) => seen.inputs.push(nowMs - timeStamp)));
  };
  addEventListener("keydown", onKey, true);
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) seen.tasks.push(duration);
  });
  observer.observe({ type: "longtask" });
  Reflect.set(globalThis, "endWatching", () => {
    isOn = false;
    removeEventListener("keydown", onKey, true);
    observer.disconnect();
    return { ...seen, elapsedMs: performance.now() - startMs };
  });
}

/** Runs in the page. */
const endWatching = (): Watched => Reflect.get(globalThis, "endWatching")();

async function heapMb(devtools: CDPSession): Promise<number> {
  await devtools.send("HeapProfiler.collectGarbage");
  const { metrics } = await devtools.send("Performance.getMetrics");
  return (metrics.find(({ name }) => name === "JSHeapUsedSize")?.value ?? Number.NaN) / 1e6;
}

/** NaN where there is nothing. */
function share(values: readonly number[], at: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(at * sorted.length))] ?? Number.NaN;
}
