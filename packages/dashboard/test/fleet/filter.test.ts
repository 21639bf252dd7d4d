import { expect, test } from "vitest";
import { parseSearch, stringifySearch } from "../../src/app/search-params.ts";
import { type FleetFilter, readFilter, toggled } from "../../src/fleet/filter.ts";

test.each<[FleetFilter, string]>([
  [{ q: "build 12", state: ["waiting", "failed"], kind: ["agent"] }, "?q=build+12&state=waiting,failed&kind=agent"],
  [{ q: "42" }, "?q=42"],
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
