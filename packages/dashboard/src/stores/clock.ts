/** One timer for everything on the page that shows time. */
import type { Readable } from "@signalbox/client";
import { gatewayNow, skewMs } from "./gateway-clock.ts";
import { useReadable } from "./use-readable.ts";

const everyMs = 1_000;

function ticking(): Readable<number> {
  let nowMs = gatewayNow();
  let timer: ReturnType<typeof setInterval> | undefined;
  const listeners = new Set<() => void>();
  const tick = () => {
    if (document.hidden) return;
    nowMs = gatewayNow();
    for (const listener of [...listeners]) listener();
  };
  skewMs.subscribe(tick);
  return {
    snapshot: () => nowMs,
    subscribe: (listener) => {
      listeners.add(listener);
      if (timer === undefined) {
        nowMs = gatewayNow();
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

/** The gateway's time, in milliseconds since 1970, renewed each second. */
export const useNow = (): number => useReadable(clock);
