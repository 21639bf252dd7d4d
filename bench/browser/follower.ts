/** A page in Chromium that follows a gateway's channels, and what its main thread costs. */
import { usageOf } from "../measure/process.ts";
import { openTab, type Tab } from "./chromium.ts";
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
  const tab = await openTab();
  try {
    // A real answer of the gateway, as Chromium keeps made-up pages from this machine's addresses; it forbids connections.
    await tab.call("Page.setBypassCSP", { enabled: true });
    await tab.goTo(
      `http://127.0.0.1:${port}/health/ready`,
      `location.port === "${port}" && document.readyState === "complete"`,
    );
    await tab.evaluate(`${await pageScript()};bench.${how}(${JSON.stringify(token)}, ${JSON.stringify(channels)})`);
    await tab.call("Performance.enable", { timeDomain: "timeTicks" });
    const progress = (): Promise<Progress> => tab.evaluate<Progress>("bench.progress()");
    const renderers = await tab.rendererPids();
    const now = async () => ({
      ...(await metricsOf(tab)),
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
      heapBytes: async () => (await metricsOf(tab)).JSHeapUsedSize,
      close: tab.close,
    };
  } catch (error) {
    await tab.close();
    throw error;
  }
}

/** On Linux the first thread of a process has the process's id, and in a renderer it is the main one. */
const mainThreadsUs = (pids: readonly number[]): number =>
  pids.reduce((sum, pid) => sum + (usageOf(pid).threads.get(String(pid))?.cpuUs ?? 0), 0);

/** Seconds and bytes. */
async function metricsOf(tab: Tab): Promise<Record<MetricName, number>> {
  const metrics = await tab.metrics();
  const of = (name: MetricName): number => metrics.get(name) ?? Number.NaN;
  return {
    Timestamp: of("Timestamp"),
    TaskDuration: of("TaskDuration"),
    ScriptDuration: of("ScriptDuration"),
    JSHeapUsedSize: of("JSHeapUsedSize"),
  };
}

type MetricName = "Timestamp" | "TaskDuration" | "ScriptDuration" | "JSHeapUsedSize";
