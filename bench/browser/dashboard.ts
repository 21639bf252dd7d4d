/** A view of the dashboard in Chromium, and what a person feels of it: frames, long tasks, the delay of keys, memory. */
import { setTimeout as pause } from "node:timers/promises";
import { openTab, type Tab } from "./chromium.ts";

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
  /** After a collection of garbage. */
  heapMb: number;
}

export interface DashboardPage {
  /** From the start of the navigation until `shown`, and `whole`, stood in the page. */
  readonly shownMs: number;
  readonly wholeMs: number;
  /** Presses keys that do nothing but be heard, and measures for so long; `scrolled`: what the wheel turns over meanwhile. */
  measure(windowMs: number, scrolled?: string): Promise<Felt>;
  close(): Promise<void>;
}

export interface PageOptions {
  port: number;
  token: string;
  path: string;
  /** Selects what stands in the page once the view is there. */
  shown: string;
  /** And once it is complete; `shown` if absent. */
  whole?: string;
}

const keyEveryMs = 250;
const wheelEveryMs = 16;
const wheelPx = 100;
const isLive =
  "[...document.querySelectorAll('[data-testid=link-state][data-state=live]')].some((one) => one.checkVisibility())";

export async function openDashboardPage(options: PageOptions): Promise<DashboardPage> {
  const { port, token, path, shown, whole = shown } = options;
  const tab = await openTab();
  const origin = `http://127.0.0.1:${port}`;
  try {
    await tab.goTo(`${origin}/#token=${token}`, isLive);
    await tab.call("Page.enable");
    await tab.call("Page.addScriptToEvaluateOnNewDocument", {
      source: `(${watchOpening})(${JSON.stringify({ shownMs: shown, wholeMs: whole })})`,
    });
    await tab.goTo(`${origin}${path}`, "openedMs.wholeMs !== undefined");
    const { shownMs, wholeMs } = await tab.evaluate<Opened>("openedMs");
    await tab.call("Performance.enable");
    return {
      shownMs,
      wholeMs,
      measure: (windowMs, scrolled) => measure(tab, windowMs, scrolled),
      close: tab.close,
    };
  } catch (error) {
    await tab.close();
    throw error;
  }
}

async function measure(tab: Tab, windowMs: number, scrolled?: string): Promise<Felt> {
  await tab.evaluate(`(${beginWatching})()`);
  const untilMs = performance.now() + windowMs;
  const scrolling = scrolled === undefined ? undefined : scrollUntil(tab, scrolled, untilMs);
  while (performance.now() < untilMs) {
    // Shift alone moves nothing in any view.
    const shift = { key: "Shift", code: "ShiftLeft", windowsVirtualKeyCode: 16 };
    await tab.call("Input.dispatchKeyEvent", { type: "keyDown", modifiers: 8, ...shift });
    await tab.call("Input.dispatchKeyEvent", { type: "keyUp", ...shift });
    await pause(keyEveryMs);
  }
  await scrolling;
  const { frames, works, tasks, inputs, elapsedMs } = await tab.evaluate<Watched>("endWatching()");
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
    heapMb: await heapMb(tab),
  };
}

/** Down for a while, and up again. */
async function scrollUntil(tab: Tab, selector: string, untilMs: number): Promise<void> {
  const over = await tab.evaluate<{ x: number; y: number }>(`(() => {
    const { x, y, width, height } = document.querySelector(${JSON.stringify(selector)}).getBoundingClientRect();
    return { x: x + width / 2, y: y + height / 2 };
  })()`);
  for (let turn = 0; performance.now() < untilMs; turn++) {
    const deltaY = turn % 100 < 50 ? wheelPx : -wheelPx;
    await tab.call("Input.dispatchMouseEvent", { type: "mouseWheel", ...over, deltaX: 0, deltaY });
    await pause(wheelEveryMs);
  }
}

type Opened = Pick<DashboardPage, "shownMs" | "wholeMs">;

/** Runs in the page, from its beginning: looks once a frame. */
function watchOpening(selectors: Readonly<Record<keyof Opened, string>>): void {
  const opened: Partial<Record<keyof Opened, number>> = {};
  Reflect.set(globalThis, "openedMs", opened);
  const look = (): void => {
    if (document.querySelector(selectors.shownMs)) opened.shownMs ??= performance.now();
    if (document.querySelector(selectors.wholeMs)) opened.wholeMs ??= performance.now();
    if (opened.shownMs === undefined || opened.wholeMs === undefined) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
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
  Reflect.set(globalThis, "endWatching", (): Watched => {
    isOn = false;
    removeEventListener("keydown", onKey, true);
    observer.disconnect();
    return { ...seen, elapsedMs: performance.now() - startMs };
  });
}

async function heapMb(tab: Tab): Promise<number> {
  await tab.call("HeapProfiler.collectGarbage");
  return ((await tab.metrics()).get("JSHeapUsedSize") ?? Number.NaN) / 1e6;
}

/** NaN where there is nothing. */
function share(values: readonly number[], at: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(at * sorted.length))] ?? Number.NaN;
}
