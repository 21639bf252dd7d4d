/** What a running process used so far, as Linux counts it. */
import { readdirSync, readFileSync } from "node:fs";

export interface Usage {
  /** CPU time of each thread, user and system, in microseconds, by thread id. */
  threads: ReadonlyMap<string, { name: string; cpuUs: number }>;
  rssBytes: number;
}

export interface CpuSpent {
  totalUs: number;
  /** The same by thread name; threads of one name are added up. */
  byThreadUs: Record<string, number>;
}

/** Throws when there is no such process. */
export function usageOf(pid: number): Usage {
  const threads = new Map<string, { name: string; cpuUs: number }>();
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const at = `/proc/${pid}/task/${thread}`;
    try {
      // Nanoseconds on the CPU, where stat has ticks of 10 ms.
      const [onCpuNs = "0"] = readFileSync(`${at}/schedstat`, "utf8").split(" ");
      threads.set(thread, { name: readFileSync(`${at}/comm`, "utf8").trim(), cpuUs: Number(onCpuNs) / 1000 });
    } catch (error) {
      // A thread that ended between the listing and the reading.
      if (!isGone(error)) throw error;
    }
  }
  return { threads, rssBytes: rssOf(pid) };
}

export function rssOf(pid: number): number {
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kib ?? Number.NaN) * 1024;
}

export function spent(before: Usage, after: Usage): CpuSpent {
  const byThreadUs: Record<string, number> = {};
  let totalUs = 0;
  for (const [thread, { name, cpuUs }] of after.threads) {
    const us = cpuUs - (before.threads.get(thread)?.cpuUs ?? 0);
    totalUs += us;
    byThreadUs[name] = Math.round((byThreadUs[name] ?? 0) + us);
  }
  return { totalUs: Math.round(totalUs), byThreadUs };
}

/** Milliseconds of a tick of /proc/stat. */
const tickMs = 10;

/** CPU time that all processes of this machine used since it started, in microseconds. */
export function machineBusyUs(): number {
  const [, user = "0", nice = "0", system = "0", , , irq = "0", softirq = "0"] = (
    readFileSync("/proc/stat", "utf8").split("\n")[0] ?? ""
  ).split(/ +/);
  return [user, nice, system, irq, softirq].reduce((sum, ticks) => sum + Number(ticks), 0) * tickMs * 1000;
}

const isGone = (error: unknown): boolean =>
  error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ESRCH");
