/** The costs between two moments: the server's and the load generator's own. */
import { type CpuSpent, machineBusyUs, spent, usageOf } from "../measure/process.ts";

export interface Costs {
  cpu: CpuSpent;
  rssBytes: number;
  loadCpuShare: number;
  othersCpuShare: number;
}

/** Begins to measure; call the result to end. */
export function meter(pid: number): () => Costs {
  const before = usageOf(pid);
  const ownBefore = process.cpuUsage();
  const busyBeforeUs = machineBusyUs();
  const sinceMs = performance.now();
  return () => {
    const { user, system } = process.cpuUsage(ownBefore);
    const ownUs = user + system;
    const elapsedUs = (performance.now() - sinceMs) * 1000;
    const after = usageOf(pid);
    const cpu = spent(before, after);
    const othersUs = machineBusyUs() - busyBeforeUs - cpu.totalUs - ownUs;
    return {
      cpu,
      rssBytes: after.rssBytes,
      loadCpuShare: share(ownUs, elapsedUs),
      othersCpuShare: share(Math.max(0, othersUs), elapsedUs),
    };
  };
}

const share = (us: number, ofUs: number): number => Math.round((100 * us) / ofUs) / 100;

/** Microseconds on this process's own monotonic clock. */
export const nowUs = (): number => performance.now() * 1000;
