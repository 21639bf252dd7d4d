/** How soon what is published may be written: at once while writing is cheap, a little later when it takes much of the time. */

/** Nothing is held back for longer. */
const longestHoldMs = 4;
/** From one writing to the next, at most: what came right after it was held for 4 ms too. */
const longestApartMs = 5;
/** Of the time, for writing. A system call per message and socket takes more than all the rest of a delivery. */
const writingShare = 0.1;

export class Pace {
  #beganMs = Number.NEGATIVE_INFINITY;
  #spentMs = 0;

  /** What was gathered is being written from now on. */
  begin(nowMs: number): void {
    this.#beganMs = nowMs;
    this.#spentMs = 0;
  }

  /** Milliseconds that writing took. */
  spent(ms: number): void {
    this.#spentMs += ms;
  }

  /**
   * Whole milliseconds, since timers have no others, until what comes now should be written. 0 after a rest, however
   * much is to be written then: holding back a lone message would gather nothing.
   */
  holdMs(nowMs: number): number {
    const apartMs = Math.min(longestApartMs, this.#spentMs / writingShare);
    return Math.max(0, Math.round(Math.min(longestHoldMs, this.#beganMs + apartMs - nowMs)));
  }
}
