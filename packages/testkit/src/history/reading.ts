/** Reads back what the processes of a run wrote down. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { decodeRecord, type HistoryRecord } from "./record.ts";

/** All records of the folder's files, in the order of the machine's steady time. */
export function readHistory(folder: string): HistoryRecord[] {
  const files = readdirSync(folder).filter((name) => name.endsWith(".jsonl"));
  return inOrder(files.flatMap((name) => readProcess(join(folder, name))));
}

export const inOrder = (records: readonly HistoryRecord[]): HistoryRecord[] =>
  [...records].sort((a, b) => a.steadyMs - b.steadyMs || a.n - b.n);

/** A kill may cut off the last line: that was not said. Throws when another one is not whole, or one is missing. */
export function readProcess(file: string): HistoryRecord[] {
  const records = readFileSync(file, "utf8").split("\n").slice(0, -1).map(decodeRecord);
  for (const [index, { n }] of records.entries()) {
    if (n !== index + 1) throw new Error(`${file}: record ${n} in place ${index + 1}`);
  }
  return records;
}
