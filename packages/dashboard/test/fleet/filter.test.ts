import { expect, test } from "vitest";
import { parseSearch, stringifySearch } from "../../src/app/search-params.ts";
import {
  type FleetFilter,
  type FleetSearch,
  filterOf,
  matches,
  readFilter,
  readFleetSearch,
  toggled,
} from "../../src/fleet/filter.ts";
import { item } from "./items.ts";

test.each<[FleetFilter, string]>([
  [{ q: "build 12", state: ["waiting", "failed"], kind: ["agent"] }, "?q=build+12&state=waiting,failed&kind=agent"],
  [{ q: "42" }, "?q=42"],
  [{ session: "s1" }, "?session=s1"],
  [{}, ""],
])("a filter and its address are each other's inverse: %j", (filter, address) => {
  expect(stringifySearch({ ...filter })).toBe(address);
  expect(readFilter(parseSearch(address))).toEqual(filter);
});

test("what is no filter is left out of it", () => {
  expect(readFilter(parseSearch("?state=nonsense,done&kind=toaster&__proto__=1"))).toEqual({ state: ["done"] });
});

test("choices go on and off; none chosen means all", () => {
  expect(toggled(undefined, "a")).toEqual(["a"]);
  expect(toggled(["a", "b"], "a")).toEqual(["b"]);
  expect(toggled(["a"], "a")).toBeUndefined();
});

test.each<[FleetSearch, string]>([
  [{ q: "x", view: "board" }, "?q=x&view=board"],
  [{ view: "table", sort: "-tokens" }, "?view=table&sort=-tokens"],
  [{}, ""],
])("the shape and the sort are in the address too: %j", (search, address) => {
  expect(stringifySearch({ ...search })).toBe(address);
  expect(readFleetSearch(parseSearch(address))).toEqual(search);
});

test("lanes are what there is without a word, and so is what is no shape or sort", () => {
  expect(readFleetSearch(parseSearch("?view=lanes&sort=colour"))).toEqual({});
  expect(filterOf({ q: "x", view: "table", sort: "name" })).toEqual({ q: "x" });
});

test("a row is found by all of the words, its session, its state and its kind", () => {
  const row = item("coder-7", "lost", { said: "npm TEST", sessionId: "s1" });
  expect(matches(row, { q: "test coder" })).toBe(true);
  expect(matches(row, { q: "test nothing" })).toBe(false);
  expect(matches(row, { session: "s1", state: ["lost"], kind: ["agent"] })).toBe(true);
  expect(matches(row, { session: "s2" })).toBe(false);
  expect(matches(row, { state: ["done"] })).toBe(false);
});
