import { beforeAll, expect, test, vi } from "vitest";

let saved: typeof import("../../src/fleet/saved.ts");
beforeAll(async () => {
  vi.stubGlobal("localStorage", { getItem: () => null, setItem: () => {} });
  saved = await import("../../src/fleet/saved.ts");
  vi.unstubAllGlobals();
});

const search = { q: "build" };

test("a filter is kept under its name, once", () => {
  const list = saved.withFilter([], " Mine ", search);
  expect(list).toEqual([{ name: "Mine", search }]);
  expect(saved.withFilter(list as [], "Mine", { q: "other" })).toEqual([{ name: "Mine", search: { q: "other" } }]);
  expect(saved.withFilter([], "  ", search)).toBe("A filter needs a name.");
});

test("beyond the limit nothing is dropped in silence", () => {
  const full = Array.from({ length: saved.savedMost }, (_, at) => ({ name: `f${at}`, search }));
  expect(saved.withFilter(full, "one more", search)).toBe("20 filters are kept at most: delete one first.");
});

test("names can be changed, but not to another one's", () => {
  const list = [
    { name: "a", search },
    { name: "b", search },
  ];
  expect(saved.renamed(list, "a", "c")).toEqual([
    { name: "c", search },
    { name: "b", search },
  ]);
  expect(saved.renamed(list, "a", "b")).toBe("There is a filter called b.");
  expect(saved.without(list, "a")).toEqual([{ name: "b", search }]);
});

test.each([null, "", "{", "7", '[7, {"name": 3}, {"name": "x"}, null]'])(
  "whatever is stored, it is a list: %j",
  (text) => {
    expect(saved.readSaved(text)).toEqual([]);
  },
);

test("what is stored is read as an address is: what it does not know is left out", () => {
  const text = JSON.stringify([{ name: "x", search: { state: ["lost", "blue"], view: "board", evil: 1 } }]);
  expect(saved.readSaved(text)).toEqual([{ name: "x", search: { state: ["lost"], view: "board" } }]);
});
