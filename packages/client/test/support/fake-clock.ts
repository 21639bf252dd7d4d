/** A clock that stands until a test moves it. */
import type { Clock } from "../../src/clock.ts";

export interface FakeClock extends Clock {
  /** Lets time pass; timers run in their order, each with the clock at its time. */
  pass(ms: number): void;
  /** Lets time pass and no timer run: they are late. */
  skip(ms: number): void;
  /** Timers that are set. */
  readonly timers: number;
}

export function fakeClock(startMs = 1_000_000): FakeClock {
  let now = startMs;
  const timers = new Set<{ atMs: number; run: () => void }>();
  return {
    nowMs: () => now,
    after(ms, run) {
      const timer = { atMs: now + ms, run };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    pass(ms) {
      const until = now + ms;
      for (;;) {
        const [next] = [...timers].filter(({ atMs }) => atMs <= until).sort((a, b) => a.atMs - b.atMs);
        if (!next) break;
        timers.delete(next);
        now = Math.max(now, next.atMs);
        next.run();
      }
      now = until;
    },
    skip(ms) {
      now += ms;
    },
    get timers() {
      return timers.size;
    },
  };
}
