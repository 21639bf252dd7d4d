/** A page in Chromium that follows a gateway's channels, and what its main thread costs. */
import type { Browser, CDPSession } from "playwright-core";
import { startBrowser } from "../../test/support/browser.ts";
import { usageOf } from "../measure/process.ts";
import type { Progress } from "./page.ts";
import { pageScript } from "./page-script.ts";

/** What the main thread used between two moments, as shares of one core. */
export interface PageCosts {
  /** CPU time, as Linux counts it: what else the machine does is not in it. */
  cpuShare: number;
  /** Time in tasks by the clock, waits for a core included: scripts, garbage collection, receiving, drawing. */
  taskShare: number;
  scriptShare: number;
  events: number;
  elapsedMs: number;
}

export interface Follower {
  progress(): Promise<Progress>;
  /** Begins to measure; call the result to end. */
  measure(): Promise<() => Promise<PageCosts>>;
  heapBytes(): Promise<number>;
  close(): Promise<void>;
}

interface Options {
  port: number;
  token: string;
  channels: readonly string[];
  /** A function of page.ts. */
  how: "watch" | "fold";
}

export async function startFollower({ port, token, channels, how }: Options): Promise<Follower> {
  const browser = await startBrowser();
  try {
    // A real answer of the gateway, as Chromium keeps made-up pages from this machine's addresses; it forbids scripts.
    const page = await browser.newPage({ bypassCSP: true });
    await page.goto(`http://127.0.0.1:${port}/health/ready`);
    await page.addScriptTag({ content: await pageScript() });
    await page.evaluate(`bench.${how}(${JSON.stringify(token)}, ${JSON.stringify(channels)})`);
    const devtools = await page.context().newCDPSession(page);
    await devtools.send("Performance.enable", { timeDomain: "timeTicks" });
    const progress = (): Promise<Progress> => page.evaluate<Progress>("bench.progress()");
    const renderers = await renderersOf(browser);
    const now = async () => ({
      ...(await metricsOf(devtools)),
      cpuUs: mainThreadsUs(renderers),
      events: (await progress()).events,
    });
    return {
      progress,
      measure: async () => {
        const before = await now();
        return async () => {
          const after = await now();
          const elapsedS = after.Timestamp - before.Timestamp;
          return {
            cpuShare: (after.cpuUs - before.cpuUs) / 1e6 / elapsedS,
            taskShare: (after.TaskDuration - before.TaskDuration) / elapsedS,
            scriptShare: (after.ScriptDuration - before.ScriptDuration) / elapsedS,
            events: after.events - before.events,
            elapsedMs: elapsedS * 1000,
          };
        };
      },
      heapBytes: async () => (await metricsOf(devtools)).JSHeapUsedSize,
      close: () => browser.close(),
    };
  } catch (error) {
    await browser.close();
    throw error;
  }
}

/** Ids of the processes that run pages; all but one are spare and idle. */
async function renderersOf(browser: Browser): Promise<number[]> {
  const devtools = await browser.newBrowserCDPSession();
  const { processInfo } = await devtools.send("SystemInfo.getProcessInfo");
  return processInfo.filter(({ type }) => type === "renderer").map(({ id }) => id);
}

/** On Linux the first thread of a process has the process's id, and in a renderer it is the main one. */
const mainThreadsUs = (pids: readonly number[]): number =>
  pids.reduce((sum, pid) => sum + (usageOf(pid).threads.get(String(pid))?.cpuUs ?? 0), 0);

const metricNames = ["Timestamp", "TaskDuration", "ScriptDuration", "JSHeapUsedSize"] as const;

/** Seconds and bytes. */
async function metricsOf(devtools: CDPSession): Promise<Record<(typeof metricNames)[number], number>> {
  const { metrics } = await devtools.send("Performance.getMetrics");
  const [Timestamp, TaskDuration, ScriptDuration, JSHeapUsedSize] = metricNames.map(
    (name) => metrics.find((metric) => metric.name === name)?.value ?? Number.NaN,
  ) as [number, number, number, number];
  return { Timestamp, TaskDuration, ScriptDuration, JSHeapUsedSize };
}
