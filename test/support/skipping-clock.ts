/** A client's clock that runs like everybody's, until a test lets time pass at once. */
import type { Clock } from "@signalbox/client";

interface Due {
  readonly atMs: number;
  readonly run: () => void;
  timer: NodeJS.Timeout;
}

export interface SkippingClock extends Clock {
  /** So much later everything that is due by then runs, in its order. */
  skip(ms: number): void;
}

export function skippingClock(): SkippingClock {
  const all = new Set<Due>();
  let aheadMs = 0;
  const nowMs = (): number => Date.now() + aheadMs;
  const fire = (due: Due): void => {
    clearTimeout(due.timer);
    if (all.delete(due)) due.run();
  };
  const arm = (due: Omit<Due, "timer">): NodeJS.Timeout =>
    setTimeout(() => fire(due as Due), Math.max(0, due.atMs - nowMs()));
  return {
    nowMs,
    after(ms, run) {
      const begun = { atMs: nowMs() + ms, run };
      const due: Due = Object.assign(begun, { timer: arm(begun) });
      all.add(due);
      return () => {
        clearTimeout(due.timer);
        all.delete(due);
      };
    },
    skip(ms) {
      aheadMs += ms;
      for (const due of [...all].sort((a, b) => a.atMs - b.atMs)) {
        clearTimeout(due.timer);
        if (due.atMs <= nowMs()) fire(due);
        else if (all.has(due)) due.timer = arm(due);
      }
    },
  };
}
