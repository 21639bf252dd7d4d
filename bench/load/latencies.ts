/** Latencies as they come, and their percentiles at the end. */

/** Enough that a p99 rests on thousands of values; 4 MB. */
const most = 500_000;

export interface LatencySummary {
  /** How many were sampled. */
  samples: number;
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
}

export class Latencies {
  readonly #us = new Float64Array(most);
  #count = 0;
  /** Only every so many-th is kept, so that the whole time is covered evenly. */
  #every = 1;
  #passed = 0;

  add(us: number): void {
    if (++this.#passed < this.#every) return;
    this.#passed = 0;
    this.#us[this.#count++] = us;
    if (this.#count === most) this.#thin();
  }

  clear(): void {
    this.#count = 0;
    this.#every = 1;
    this.#passed = 0;
  }

  summary(): LatencySummary {
    const sorted = this.#us.subarray(0, this.#count).sort();
    const at = (share: number): number => {
      const us = sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
      return Math.round(us) / 1000;
    };
    return { samples: this.#count, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
  }

  #thin(): void {
    this.#count = most / 2;
    for (let i = 0; i < this.#count; i++) this.#us[i] = this.#us[2 * i] ?? 0;
    this.#every *= 2;
  }
}
