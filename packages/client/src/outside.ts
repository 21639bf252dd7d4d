/** Time, chance and wake-ups: what a client takes from its surroundings unless a test gives it something else. */
import type { Clock } from "./clock.ts";

export interface Outside {
  clock: Clock;
  /** 0 ≤ x < 1. */
  random(): number;
  /** A text that no other client has; ids and idempotency keys begin with it. */
  unique(): string;
  /** Calls `wake` when the network or the page came back or changed; returns what ends that. */
  onWake(wake: () => void): () => void;
}

export const realOutside = (): Outside => ({
  clock: systemClock(),
  random: Math.random,
  // Unlike randomUUID this is there on plain http pages too.
  unique: () => crypto.getRandomValues(new Uint32Array(4)).reduce((text, part) => text + part.toString(36), ""),
  onWake: browserWake,
});

/** The system's time; it stands still rather than going back, so that no wait becomes longer. */
function systemClock(): Clock {
  let last = 0;
  let ahead = 0;
  return {
    nowMs() {
      const now = Date.now() + ahead;
      last = Math.max(last, now);
      ahead += last - now;
      return last;
    },
    after(ms, run) {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
  };
}

/** Nothing to listen to outside browsers. */
function browserWake(wake: () => void): () => void {
  if (typeof window === "undefined") return () => {};
  const seen = (): void => {
    if (!document.hidden) wake();
  };
  const ended = new AbortController();
  const { connection }: { connection?: EventTarget } = navigator as object;
  // Offline: what is left of the link is asked for life. Pageshow: back from the browser's cache of pages.
  for (const type of ["online", "offline", "pageshow"]) addEventListener(type, wake, ended);
  document.addEventListener("visibilitychange", seen, ended);
  // From one network to another, where the browser tells.
  connection?.addEventListener("change", wake, ended);
  return () => ended.abort();
}
