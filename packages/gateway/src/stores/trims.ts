/** What retention removed, remembered in blocks with counts by type. */
import type { Trimmed } from "@signalbox/core";

/** Offsets `from..to` were removed. */
export interface TrimBlock {
  from: number;
  to: number;
  /** Number of events by type. */
  counts: Record<string, number>;
}

/** Blocks remembered per channel; beyond that the two oldest become one. */
export const blocksKept = 64;

/** Types counted by name in a block; the rest is counted under `*`, which no type is called. */
const typesCounted = 200;
const others = "*";

/** Adds `more` to `into`, in place. */
export function addCounts(into: Record<string, number>, more: Readonly<Record<string, number>>): void {
  let names = Object.keys(into).length;
  for (const [type, count] of Object.entries(more)) {
    const known = Object.hasOwn(into, type);
    const name = known || names < typesCounted ? type : others;
    // Not `into[name] ?? 0`: a type may be called `constructor`.
    into[name] = count + (Object.hasOwn(into, name) ? (into[name] ?? 0) : 0);
    if (!known && name === type) names++;
  }
}

export function mergeBlocks(older: TrimBlock, newer: TrimBlock): TrimBlock {
  const counts = { ...older.counts };
  addCounts(counts, newer.counts);
  return { from: older.from, to: newer.to, counts };
}

/** Sums the blocks that touch `from..to`; they are in order. */
export function sumBlocks(blocks: Iterable<TrimBlock>, from: number, to: number): Trimmed {
  let countsFrom = from;
  const counts: Record<string, number> = {};
  for (const block of blocks) {
    if (block.to < from || block.from > to) continue;
    countsFrom = Math.min(countsFrom, block.from);
    addCounts(counts, block.counts);
  }
  return { counts, countsFrom };
}
