/** What the gateway's process used during a phase, looked at from outside. */

import { meter } from "../bench/load/meter.ts";
import { rssOf } from "../bench/measure/process.ts";

export interface Resources {
  beforeBytes: number;
  peakBytes: number;
  afterBytes: number;
  /** Cores' worth of CPU time, all threads. */
  cpuShare: number;
  /** The same of all processes that are neither the gateway nor this one: attacker, healthy client and strangers. */
  othersCpuShare: number;
}

const everyMs = 50;

/** Begins to look; call the result to end. Undefined where nothing is known of the process. */
export function watch(pid: number | undefined): () => Resources | undefined {
  if (pid === undefined) return () => undefined;
  const end = meter(pid);
  const sinceMs = performance.now();
  const beforeBytes = rssOf(pid);
  let peakBytes = beforeBytes;
  let afterBytes = beforeBytes;
  const look = (): void => {
    try {
      afterBytes = rssOf(pid);
      peakBytes = Math.max(peakBytes, afterBytes);
    } catch {
      // The process has ended, which is said elsewhere.
    }
  };
  const timer = setInterval(look, everyMs);
  return () => {
    clearInterval(timer);
    look();
    try {
      const { cpu, othersCpuShare } = end();
      const cpuShare = Math.round(cpu.totalUs / (10 * (performance.now() - sinceMs))) / 100;
      return { beforeBytes, peakBytes, afterBytes, cpuShare, othersCpuShare };
    } catch {
      return undefined;
    }
  };
}
