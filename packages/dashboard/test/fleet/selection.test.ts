import { expect, test } from "vitest";
import { allOf, nothingSelected, onlyShown, rangeTo, stepFrom, toggledRow } from "../../src/fleet/selection.ts";

const shown = ["a", "b", "c", "d"];

test("a row is chosen and given back", () => {
  const one = toggledRow(nothingSelected, "b");
  expect([...one.keys]).toEqual(["b"]);
  expect([...toggledRow(one, "b").keys]).toEqual([]);
});

test("with Shift all from the one before to here, either way, and what was chosen stays", () => {
  const from = toggledRow(toggledRow(nothingSelected, "d"), "c");
  expect([...rangeTo(from, shown, "a").keys].sort()).toEqual(["a", "b", "c", "d"]);
  expect([...rangeTo(toggledRow(nothingSelected, "b"), shown, "c").keys]).toEqual(["b", "c"]);
});

test("a range from a row that is not shown any more is one row", () => {
  expect([...rangeTo(toggledRow(nothingSelected, "gone"), shown, "b").keys]).toEqual(["gone", "b"]);
});

test("all that are shown, and none that a filter shows later", () => {
  const all = allOf(toggledRow(nothingSelected, "hidden"), ["a", "b"]);
  expect([...all.keys]).toEqual(["hidden", "a", "b"]);
  expect([...onlyShown(all, ["b", "c"]).keys]).toEqual(["b"]);
});

test("j and k go from row to row and stay at the ends", () => {
  expect(stepFrom(shown, undefined, 1)).toBe("a");
  expect(stepFrom(shown, undefined, -1)).toBe("d");
  expect(stepFrom(shown, "b", 1)).toBe("c");
  expect(stepFrom(shown, "d", 1)).toBe("d");
  expect(stepFrom(shown, "gone", 1)).toBe("a");
  expect(stepFrom([], "a", 1)).toBeUndefined();
});
