/** Time comes from outside, so that tests decide when it passes. */
export interface Clock {
  /** Milliseconds since 1970. */
  nowMs(): number;
  /** Calls `run` once after `ms`; returns what cancels that. */
  after(ms: number, run: () => void): () => void;
}
