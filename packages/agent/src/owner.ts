/** Which process writes a spool, so that nobody takes it over while that process lives. */
import { readFileSync } from "node:fs";

export interface Owner {
  pid: number;
  /** When that process began, in the kernel's ticks: a later process with the same pid differs. Linux only. */
  startTicks: number | undefined;
}

export const thisOwner = (): Owner => ({ pid: process.pid, startTicks: startTicksOf(process.pid) });

/** No process has this pid. */
export const nobody: Owner = { pid: -1, startTicks: -1 };

export function isAlive(owner: Owner): boolean {
  // To the system, -1 means everybody.
  if (owner.pid < 0) return false;
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    // EPERM: it is there, and belongs to somebody else.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
  return owner.startTicks === undefined || startTicksOf(owner.pid) === owner.startTicks;
}

/** Field 22 of /proc/PID/stat; the name before it may hold spaces and parentheses. */
function startTicksOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const ticks = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]);
    return Number.isFinite(ticks) ? ticks : undefined;
  } catch {
    return undefined;
  }
}
