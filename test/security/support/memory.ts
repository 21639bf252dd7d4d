/** What the system says of a process's memory. */
import { readFileSync } from "node:fs";

/** Bytes in memory now, of which some may be free for the process itself. Linux only. */
export function residentBytes(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kilobytes) * 1_024;
}
