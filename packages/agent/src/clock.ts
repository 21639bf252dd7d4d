/** Time from outside, so that tests decide when it passes. */
export interface Clock {
  /** Milliseconds since 1970. */
  nowMs(): number;
  /** Calls `fire` once after `ms`; returns what cancels it. */
  timer(ms: number, fire: () => void): () => void;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  timer(ms, fire) {
    const handle = setTimeout(fire, ms);
    return () => clearTimeout(handle);
  },
};
