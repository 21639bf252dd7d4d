import { setTimeout as wait } from "node:timers/promises";

/** Ends early, without an error, when stopped. */
export const pause = (ms: number, stop: AbortSignal): Promise<void> =>
  wait(ms, undefined, { signal: stop }).catch(() => undefined);
