/**
 * When a session's updates go out: the first at once, then at most ten a second, and one at least every two while nothing
 * happens. Pure: it is told the time, and says when it wants to be asked again.
 */
export interface Update {
  status: string;
}

/** Between two updates, milliseconds. */
const leastMs = 100;
/** Looked at about once a second: after so long of silence the state is said again, which makes two seconds at most. */
const quietMs = 750;
/** New statuses that may wait for their turn. */
const waitingAtMost = 10;

export class Pace<One extends Update> {
  #waiting: One[] = [];
  #sentMs = Number.NEGATIVE_INFINITY;

  /** Of those that have the same status the newest is enough. */
  offer(update: One): void {
    if (this.#waiting.at(-1)?.status === update.status) this.#waiting.pop();
    this.#waiting.push(update);
    if (this.#waiting.length > waitingAtMost) this.#waiting.shift();
  }

  /** The one that may go out now. */
  take(nowMs: number): One | undefined {
    if (this.waitMs(nowMs) !== 0) return undefined;
    this.#sentMs = nowMs;
    return this.#waiting.shift();
  }

  /** Milliseconds until `take` gives something; undefined: nothing waits. */
  waitMs(nowMs: number): number | undefined {
    return this.#waiting.length === 0 ? undefined : Math.max(0, this.#sentMs + leastMs - nowMs);
  }

  isQuiet(nowMs: number): boolean {
    return this.#waiting.length === 0 && nowMs - this.#sentMs >= quietMs;
  }
}
