/** The costs between two moments: the server's and the load generator's own. */
import { type CpuSpent, spent, usageOf } from "../measure/process.ts";

export interface Costs {
  cpu: CpuSpent;
  rssBytes: number;
  loadCpuShare: number;
}

/** Begins to measure; call the result to end. */
export function meter(pid: number): () => Costs {
  const before = usageOf(pid);
  const ownBefore = process.cpuUsage();
  const sinceMs = performance.now();
  return () => {
    const own = process.cpuUsage(ownBefore);
    const elapsedUs = (performance.now() - sinceMs) * 1000;
    const after = usageOf(pid);
    return {
      cpu: spent(before, after),
      rssBytes: after.rssBytes,
      loadCpuShare: Math.round((100 * (own.user + own.system)) / elapsedUs) / 100,
    };
  };
}

/** Microseconds on this process's own monotonic clock. */
export const nowUs = (): number => performance.now() * 1000;
