/** One timer for everything on the page that shows time. */
import type { Readable } from "@signalbox/client";
import { useReadable } from "./use-readable.ts";

const everyMs = 1_000;

function ticking(): Readable<number> {
  let nowMs = Date.now();
  let timer: ReturnType<typeof setInterval> | undefined;
  const listeners = new Set<() => void>();
  const tick = () => {
    if (document.hidden) return;
    nowMs = Date.now();
    for (const listener of [...listeners]) listener();
  };
  return {
    snapshot: () => nowMs,
    subscribe: (listener) => {
      listeners.add(listener);
      if (timer === undefined) {
        nowMs = Date.now();
        timer = setInterval(tick, everyMs);
        document.addEventListener("visibilitychange", tick);
      }
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        clearInterval(timer);
        timer = undefined;
        document.removeEventListener("visibilitychange", tick);
      };
    },
  };
}

const clock = ticking();

/** The time, in milliseconds since 1970, renewed each second. */
export const useNow = (): number => useReadable(clock);
