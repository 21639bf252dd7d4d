import { type MemoryEntry, memoryReducer } from "@signalbox/core/reducers";
import { expect, test } from "vitest";
import { entriesShown, kindOf, nameOf, valueText } from "../../src/memory/memory-rows.ts";

function entries(...writes: object[]): readonly MemoryEntry[] {
  let state = memoryReducer.initial("session:s");
  for (const [at, data] of writes.entries())
    state = memoryReducer.apply(state, { type: "memory_update", data, timestamp: at + 1, offset: at + 1 });
  return state.entries.items;
}

const all = entries(
  { key: "b", value: "Tabs", author: "ada" },
  { key: "a", scope: "till", value: { n: 1 } },
  { key: "c", value: 1 },
  { key: "c", deleted: true },
);
const names = (search: object): string[] => entriesShown(all, search).map(nameOf);

test("what was written last is first; what was forgotten only on request", () => {
  expect(names({})).toEqual(["till › a", "b"]);
  expect(names({ deleted: true })).toEqual(["c", "till › a", "b"]);
  expect(names({ sort: "key" })).toEqual(["b", "till › a"]);
});

test("words are looked for in names, values and authors", () => {
  expect(names({ q: "tabs ADA" })).toEqual(["b"]);
  expect(names({ q: '"n"' })).toEqual(["till › a"]);
});

test("values as text, and their kinds", () => {
  expect(all.map(kindOf)).toEqual(["text", "object", "forgotten"]);
  expect(valueText({ n: 1 })).toBe('{\n  "n": 1\n}');
  expect(valueText(undefined)).toBe("");
});
