/**
 * The generic cell rate algorithm: a token bucket kept as one number, the time at which the bucket would be full again.
 * Never admits more than `burst + perSecond × seconds` in any stretch of time.
 */

export interface Rate {
  /** Units that come back per second. */
  readonly perSecond: number;
  /** Units that may be taken at once after a rest. */
  readonly burst: number;
}

/**
 * Milliseconds that only go forward, counted from the first time seen. A clock that is set back stands still until it
 * has caught up: it gives nothing back, and it locks nobody out. Small numbers keep the arithmetic exact.
 */
class Forward {
  #origin: number | undefined;
  #latest = 0;

  read(nowMs: number): number {
    if (!Number.isFinite(nowMs)) return this.#latest;
    this.#origin ??= nowMs;
    if (nowMs - this.#origin > this.#latest) this.#latest = nowMs - this.#origin;
    return this.#latest;
  }
}

/** Thirds of milliseconds do not add up to the last digit: less than this is no wait. It does not add up either. */
const roundingMs = 1e-6;

/** What taking `cost` does to a bucket that is full at `fullAt`. */
class Bucket {
  readonly #unitMs: number;
  readonly #burst: number;
  readonly #spanMs: number;

  constructor({ perSecond, burst }: Rate) {
    if (!(perSecond > 0 && burst > 0 && Number.isFinite(perSecond) && Number.isFinite(burst))) {
      throw new RangeError(`a rate needs perSecond and burst above 0, not ${perSecond} and ${burst}`);
    }
    this.#unitMs = 1_000 / perSecond;
    this.#burst = burst;
    this.#spanMs = burst * this.#unitMs;
  }

  after(fullAt: number, now: number, cost: number): number {
    return Math.max(fullAt, now) + cost * this.#unitMs;
  }

  /** Milliseconds until `cost` fits; 0 when it does, Infinity when it never will. */
  wait(fullAt: number, now: number, cost: number): number {
    if (!(cost <= this.#burst)) return Number.POSITIVE_INFINITY;
    // A cost below zero would fill the bucket.
    const wait = this.after(fullAt, now, Math.max(0, cost)) - this.#spanMs - now;
    return wait > roundingMs ? wait : 0;
  }
}

/** One bucket. `nowMs` is of a monotonic clock. */
export class Gcra {
  readonly #bucket: Bucket;
  readonly #clock = new Forward();
  #fullAt = 0;

  /** Throws RangeError for a rate that is not above 0. */
  constructor(rate: Rate) {
    this.#bucket = new Bucket(rate);
  }

  /** Takes `cost` and gives 0, or takes nothing and gives retryAfterMs: Infinity if `cost` is over the burst. */
  take(nowMs: number, cost = 1): number {
    const now = this.#clock.read(nowMs);
    const wait = this.#bucket.wait(this.#fullAt, now, cost);
    if (wait === 0) this.#fullAt = this.#bucket.after(this.#fullAt, now, Math.max(0, cost));
    return wait;
  }
}

/** A bucket per key, of the keys used last. A key that was forgotten begins again full, as one never seen. */
export class KeyedGcra {
  readonly #bucket: Bucket;
  readonly #clock = new Forward();
  readonly #most: number;
  /** Least recently used first. */
  readonly #fullAt = new Map<string, number>();
  /** The last of them: used again, it need not be moved to the end. */
  #latest: string | undefined;

  /** `most` keys are remembered. Throws RangeError for a rate that is not above 0. */
  constructor(rate: Rate, most: number) {
    this.#bucket = new Bucket(rate);
    this.#most = Math.max(1, most);
  }

  get size(): number {
    return this.#fullAt.size;
  }

  /** As `take`, without taking: what it would answer. */
  wait(key: string, nowMs: number, cost = 1): number {
    return this.#bucket.wait(this.#fullAt.get(key) ?? 0, this.#clock.read(nowMs), cost);
  }

  /** Takes `cost` and gives 0, or takes nothing and gives retryAfterMs: Infinity if `cost` is over the burst. */
  take(key: string, nowMs: number, cost = 1): number {
    const now = this.#clock.read(nowMs);
    const before = this.#fullAt.get(key);
    const fullAt = before ?? 0;
    const wait = this.#bucket.wait(fullAt, now, cost);
    // One that is refused counts as used, so that it is not forgotten while it insists.
    if (before === undefined) {
      if (wait > 0) return wait;
      this.#makeRoom();
    } else if (key !== this.#latest) {
      this.#fullAt.delete(key);
    }
    this.#latest = key;
    this.#fullAt.set(key, wait === 0 ? this.#bucket.after(fullAt, now, Math.max(0, cost)) : fullAt);
    return wait;
  }

  #makeRoom(): void {
    if (this.#fullAt.size < this.#most) return;
    for (const oldest of this.#fullAt.keys()) {
      this.#fullAt.delete(oldest);
      return;
    }
  }
}
