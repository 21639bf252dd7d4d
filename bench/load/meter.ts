/** The costs between two moments: the server's and the load generator's own. */
import { type CpuSpent, machineBusyUs, spent, usageOf } from "../measure/process.ts";

export interface Costs {
  cpu: CpuSpent;
  rssBytes: number;
  loadCpuShare: number;
  othersCpuShare: number;
}

/** Begins to measure; call the result to end. `partsUs`: CPU time of other processes of the bench meanwhile. */
export function meter(pid: number): (partsUs?: number) => Costs {
  const before = usageOf(pid);
  const ownBefore = process.cpuUsage();
  const busyBeforeUs = machineBusyUs();
  const sinceMs = performance.now();
  return (partsUs = 0) => {
    const { user, system } = process.cpuUsage(ownBefore);
    const ownUs = user + system;
    const elapsedUs = (performance.now() - sinceMs) * 1000;
    const after = usageOf(pid);
    const cpu = spent(before, after);
    const othersUs = machineBusyUs() - busyBeforeUs - cpu.totalUs - ownUs - partsUs;
    return {
      cpu,
      rssBytes: after.rssBytes,
      loadCpuShare: share(ownUs, elapsedUs),
      othersCpuShare: share(Math.max(0, othersUs), elapsedUs),
    };
  };
}

/** Likewise, for further processes by what they are. */
export function meterParts(pids: Readonly<Record<string, number>>): () => Record<string, number> {
  const before = Object.entries(pids).map(([name, pid]) => ({ name, pid, usage: usageOf(pid) }));
  return () => Object.fromEntries(before.map(({ name, pid, usage }) => [name, spent(usage, usageOf(pid)).totalUs]));
}

const share = (us: number, ofUs: number): number => Math.round((100 * us) / ofUs) / 100;

/** Microseconds on this process's own monotonic clock. */
export const nowUs = (): number => performance.now() * 1000;
