/**
 * How busy each row is: changes of its state that this page saw, by 5 seconds. States hold no such series, so it begins
 * when the page is opened; the gateway tells of one state four times a second at most, which is full height.
 */

export const bucketMs = 5_000;
/** Five minutes. */
export const buckets = 60;
export const fullBucket = (4 * bucketMs) / 1_000;

interface Row {
  /** Changes by bucket, in a ring. */
  counts: Uint16Array;
  /** The newest bucket. */
  at: number;
  /** The first bucket. */
  from: number;
}

export class Activity {
  readonly #rows = new Map<string, Row>();

  /** Its first state is no change. */
  note(key: string, nowMs: number): void {
    const at = Math.floor(nowMs / bucketMs);
    const row = this.#rows.get(key);
    if (!row) {
      this.#rows.set(key, { counts: new Uint16Array(buckets), at, from: at });
      return;
    }
    forward(row, at);
    row.counts[row.at % buckets] = (row.counts[row.at % buckets] ?? 0) + 1;
  }

  /** Oldest first, up to now. */
  series(key: string, nowMs: number): number[] {
    const row = this.#rows.get(key);
    if (!row) return [];
    const at = Math.max(row.at, Math.floor(nowMs / bucketMs));
    const from = Math.max(row.from, at - buckets + 1);
    return Array.from({ length: at - from + 1 }, (_, step) => {
      const bucket = from + step;
      return bucket > row.at || bucket <= row.at - buckets ? 0 : (row.counts[bucket % buckets] ?? 0);
    });
  }

  forget(key: string): void {
    this.#rows.delete(key);
  }
}

/** What lies between was quiet. */
function forward(row: Row, to: number): void {
  if (to - row.at >= buckets) row.counts.fill(0);
  else for (let at = row.at + 1; at <= to; at++) row.counts[at % buckets] = 0;
  row.at = Math.max(row.at, to);
}
