/** Faults of ours end where they happen: in the log, with whom they hit, and not at the top of the process. */
import type { Log } from "./log.ts";

/** Runs `run`; a fault is logged, and `then` told of it. */
export function guard(log: Log, where: string, run: () => void, then?: () => void): void {
  try {
    run();
  } catch (error) {
    log.error({ err: error }, `a fault ${where}`);
    then?.();
  }
}
