/** What all stores agree on about registers. */

/** Characters of values in one page of registers, about. */
export const registersBytes = 1_048_576;

/** Counts after an addition; a sum ends where JavaScript stops to count exactly. */
export const sumOf = (counts: readonly number[], amounts: readonly number[]): number[] =>
  counts.map((count, i) => Math.min(Number.MAX_SAFE_INTEGER, count + (amounts[i] ?? 0)));
