import { expect, test } from "vitest";
import { nextSort, readSort, type Sort, sortedBy, sortIn, sortText } from "../../src/fleet/sort.ts";
import { item } from "./items.ts";

test.each<[Sort, string]>([
  [{ by: "tokens", down: true }, "-tokens"],
  [{ by: "name", down: false }, "name"],
])("a sort and its address are each other's inverse: %j", (sort, text) => {
  expect(sortText(sort)).toBe(text);
  expect(sortIn(text)).toEqual(sort);
});

test.each(["", "-", "colour", "--name", "__proto__", 3, undefined])("%j is no sort", (text) => {
  expect(readSort(text)).toBeUndefined();
});

test("clicks on a column: its better way, the other way, the fleet's order", () => {
  const first = nextSort(undefined, "tokens");
  expect(first).toEqual({ by: "tokens", down: true });
  const second = nextSort(first, "tokens");
  expect(second).toEqual({ by: "tokens", down: false });
  expect(nextSort(second, "tokens")).toBeUndefined();
  expect(nextSort(second, "name")).toEqual({ by: "name", down: false });
});

test("rows stand by the column, equals by name, whichever way", () => {
  const rows = [
    item("agent-10", "running", { tokens: 5 }),
    item("agent-9", "running", { tokens: 5 }),
    item("agent-1", "lost", { tokens: 9 }),
  ];
  expect(sortedBy(rows, { by: "tokens", down: true })).toEqual(["agent-1", "agent-9", "agent-10"]);
  expect(sortedBy(rows, { by: "tokens", down: false })).toEqual(["agent-9", "agent-10", "agent-1"]);
});

test("by state: what needs a person first, and within it who waits longest", () => {
  const rows = [
    item("late", "waiting", { since: 9 }),
    item("done", "done"),
    item("early", "waiting", { since: 1 }),
    item("unsaid", "waiting"),
  ];
  expect(sortedBy(rows, { by: "state", down: false })).toEqual(["early", "late", "unsaid", "done"]);
});
