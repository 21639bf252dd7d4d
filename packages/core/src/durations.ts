/**
 * How long things took: counts in buckets each 9 % wider than the one before, so that any share of them is known to 9 % for
 * 2.4 kB, whatever their number. Two looks at one tell what lies between.
 */

const perDoubling = 8;
const firstMs = 0.01;
/** The last one begins at 16 days. */
const buckets = 300;

export class Durations {
  readonly #counts = new Float64Array(buckets);

  record(ms: number): void {
    const at = ms > firstMs ? Math.floor(Math.log2(ms / firstMs) * perDoubling) + 1 : 0;
    const bucket = Math.min(buckets - 1, at);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
  }

  /** To be compared with later. */
  look(): Float64Array {
    return this.#counts.slice();
  }

  /** In milliseconds, of what was recorded since that look; undefined: nothing was. `shares` rise, each 0 to 1. */
  quantiles(shares: readonly number[], since?: Float64Array): number[] | undefined {
    const between = this.#counts.map((count, at) => count - (since?.[at] ?? 0));
    const all = between.reduce((sum, count) => sum + count, 0);
    if (all === 0) return undefined;
    let seen = 0;
    let at = -1;
    return shares.map((share) => {
      const wanted = Math.max(1, Math.ceil(share * all));
      while (seen < wanted && at < buckets - 1) {
        at++;
        seen += between[at] ?? 0;
      }
      return upperMs(at);
    });
  }

  /** How many were recorded of at most each of these, which rise; then of all. */
  upTo(boundsMs: readonly number[]): number[] {
    let at = 0;
    let seen = 0;
    const sums = boundsMs.map((bound) => {
      for (; at < buckets - 1 && upperMs(at) <= bound * 1.001; at++) seen += this.#counts[at] ?? 0;
      return seen;
    });
    return [...sums, this.#counts.reduce((sum, count) => sum + count, 0)];
  }
}

const upperMs = (bucket: number): number => firstMs * 2 ** (bucket / perDoubling);
