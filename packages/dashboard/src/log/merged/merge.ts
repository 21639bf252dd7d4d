/** Lines of several processes in one order: by time, and within a process as they were written. */
import type { LogRow } from "../row.ts";

export interface MergedRow {
  /** Channel, epoch and offset: unique. */
  key: string;
  process: string;
  row: LogRow;
}

/**
 * Puts new rows where they belong; both lists are in order, and it gives a new one. Clocks of machines differ: what came with
 * an earlier time than its own process's line before stands after it all the same.
 */
export function merge(before: readonly MergedRow[], fresh: readonly MergedRow[]): MergedRow[] {
  // What arrives is nearly always the newest.
  let from = before.length;
  const earliest = fresh.reduce((least, one) => Math.min(least, timeOf(one)), Number.POSITIVE_INFINITY);
  while (from > 0 && timeOf(before[from - 1]) > earliest) from--;
  const late = before.slice(from);
  const merged = before.slice(0, from);
  let [a, b] = [0, 0];
  const ordered = fresh.toSorted((one, other) => timeOf(one) - timeOf(other));
  while (a < late.length || b < ordered.length) {
    const [old, next] = [late[a], ordered[b]];
    const takeOld = old !== undefined && (next === undefined || timeOf(old) <= timeOf(next));
    const one = takeOld ? old : next;
    if (takeOld) a++;
    else b++;
    if (one !== undefined) merged.push(one);
  }
  return merged;
}

/** Rows whose time is not before that of the ones before them in their process. */
export function inStep(rows: readonly MergedRow[], latest: Map<string, number>): MergedRow[] {
  return rows.map((one) => {
    const timestampMs = Math.max(one.row.timestampMs, latest.get(one.process) ?? 0);
    latest.set(one.process, timestampMs);
    return timestampMs === one.row.timestampMs ? one : { ...one, row: { ...one.row, timestampMs } };
  });
}

const timeOf = (one: MergedRow | undefined): number => one?.row.timestampMs ?? 0;
