/** Playing the past: the moment moves on as the clock does, or faster. */
import { useEffect, useRef } from "react";
import { heldMoment, holdMoment, useGoToMoment } from "../stores/moment.ts";

export const speeds = [1, 10, 100] as const;
export type Speed = (typeof speeds)[number];

/** Moments a second: panels fold one for each. */
const stepMs = 100;

/** While `speed` is set; stops at `until`, where the present begins. */
export function usePlay(speed: Speed | undefined, at: number | undefined, until: number, onEnd: () => void): void {
  const goTo = useGoToMoment();
  const place = useRef(at);
  place.current = at;
  const ended = useRef(onEnd);
  ended.current = onEnd;
  useEffect(() => {
    if (speed === undefined || place.current === undefined) return undefined;
    let here = place.current;
    let last = performance.now();
    let mine: number | undefined;
    const timer = setInterval(() => {
      // Another hand moved it, or went back to now.
      if (mine !== undefined && heldMoment() !== mine) {
        clearInterval(timer);
        mine = undefined;
        ended.current();
        return;
      }
      const now = performance.now();
      here += (now - last) * speed;
      last = now;
      if (here < until) {
        holdMoment(here);
        mine = heldMoment();
        return;
      }
      clearInterval(timer);
      mine = undefined;
      goTo(Math.round(until));
      ended.current();
    }, stepMs);
    return () => {
      clearInterval(timer);
      if (mine !== undefined && heldMoment() === mine) goTo(mine);
    };
  }, [speed, until, goTo]);
}
