/** Does anybody look at this page? It is visible, and somebody touched it not long ago. */

/** A page that stays open on a second screen, at night, is nobody who looks. */
const asleepAfterMs = 300_000;

export class Awake {
  #touchedMs: number;

  constructor(nowMs: number) {
    this.#touchedMs = nowMs;
  }

  touch(nowMs: number): void {
    this.#touchedMs = nowMs;
  }

  is(nowMs: number, isVisible: boolean): boolean {
    return isVisible && nowMs - this.#touchedMs < asleepAfterMs;
  }
}
