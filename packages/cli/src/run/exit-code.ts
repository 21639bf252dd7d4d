/** A command's end as a shell would report it. */
import { constants } from "node:os";
import type { RunResult } from "@signalbox/agent";

export function exitCodeOf({
  exitCode,
  signal,
  startError,
}: Pick<RunResult, "exitCode" | "signal" | "startError">): number {
  if (startError !== undefined) return startError.code === "ENOENT" ? 127 : 126;
  if (exitCode !== null) return exitCode;
  const number = Object.entries(constants.signals).find(([name]) => name === signal)?.[1];
  return number === undefined ? 1 : 128 + number;
}
