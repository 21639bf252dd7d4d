/** What the kernel says of a process. */
import { readFileSync } from "node:fs";
import { until } from "./until.ts";

/** The letter of /proc/PID/stat: T stands still; R, S and D do not. Undefined: there is none, or it has ended and only waits to be counted. */
export function processState(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const letter = stat.slice(stat.lastIndexOf(")") + 2)[0];
    return letter === "Z" || letter === "X" ? undefined : letter;
  } catch {
    return undefined;
  }
}

export const standsStill = (pid: number): Promise<void> =>
  until(`${pid} stands still`, () => processState(pid) === "T");

export const isGone = (pid: number): Promise<void> => until(`${pid} is gone`, () => processState(pid) === undefined);
