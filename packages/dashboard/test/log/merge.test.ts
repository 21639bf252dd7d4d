import { expect, test } from "vitest";
import { inStep, type MergedRow, merge } from "../../src/log/merged/merge.ts";

const row = (process: string, offset: number, timestampMs: number): MergedRow => ({
  key: `${process} e:${offset}`,
  process,
  row: { offset, kind: "output", stream: "stdout", text: "", line: offset, continued: false, timestampMs },
});
const keys = (rows: readonly MergedRow[]): string[] =>
  rows.map(({ process, row: { offset } }) => `${process}${offset}`);

test("lines of several processes stand by time, whichever came first", () => {
  const first = merge([], [row("a", 1, 10), row("a", 2, 30), row("a", 3, 50)]);
  expect(keys(merge(first, [row("b", 1, 20), row("b", 2, 40), row("b", 3, 60)]))).toEqual([
    "a1",
    "b1",
    "a2",
    "b2",
    "a3",
    "b3",
  ]);
});

test("at the same time those that were there stay before", () => {
  expect(keys(merge([row("a", 1, 10)], [row("b", 1, 10), row("b", 2, 10)]))).toEqual(["a1", "b1", "b2"]);
});

test("a clock that goes back does not turn the lines of its process round", () => {
  const latest = new Map<string, number>();
  const made = inStep([row("a", 1, 10), row("a", 2, 30), row("a", 3, 5)], latest);
  expect(made.map((one) => one.row.timestampMs)).toEqual([10, 30, 30]);
  expect(keys(merge(merge([], made), inStep([row("a", 4, 6), row("b", 1, 20)], latest)))).toEqual([
    "a1",
    "b1",
    "a2",
    "a3",
    "a4",
  ]);
});
