import { expect, test } from "vitest";
import { heldKeys } from "../../src/fleet/held.ts";

const all = () => true;

test("while nobody reads, the rows stand as they would", () => {
  expect(heldKeys(["a", "b"], ["b", "c"], all, false)).toEqual({ keys: ["b", "c"], pending: 0 });
});

test("the same rows in the same order are the same list", () => {
  const before = ["a", "b"];
  expect(heldKeys(before, ["a", "b"], all, false).keys).toBe(before);
  expect(heldKeys(before, ["b", "a"], all, true).keys).toBe(before);
});

test.each<[what: string, now: string[], pending: number]>([
  ["nothing changed", ["a", "b", "c", "d"], 0],
  ["one came", ["new", "a", "b", "c", "d"], 1],
  ["one fits the filter no more", ["a", "c", "d"], 1],
  ["one went from the end to the top", ["d", "a", "b", "c"], 1],
  ["two changed places", ["b", "a", "c", "d"], 1],
  ["all turned round", ["d", "c", "b", "a"], 3],
])("while somebody reads nothing moves, and the changes are counted: %s", (_, now, pending) => {
  expect(heldKeys(["a", "b", "c", "d"], now, all, true)).toEqual({ keys: ["a", "b", "c", "d"], pending });
});

test("what is no more cannot be held", () => {
  expect(heldKeys(["a", "b"], ["a"], (key) => key === "a", true)).toEqual({ keys: ["a"], pending: 0 });
});
