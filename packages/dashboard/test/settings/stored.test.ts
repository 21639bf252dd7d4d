import { expect, test } from "vitest";
import { forgetAll, storedParts } from "../../src/settings/stored.ts";

function storage(entries: Record<string, string>) {
  const kept = new Map(Object.entries(entries));
  return {
    kept,
    get length() {
      return kept.size;
    },
    key: (at: number) => [...kept.keys()][at] ?? null,
    getItem: (key: string) => kept.get(key) ?? null,
    removeItem: (key: string) => void kept.delete(key),
  };
}

test("what is ours is named, counted and forgotten; what is not stays", () => {
  const all = storage({ "signalbox.token:/": "abc", "signalbox.preferences": "{}", "signalbox.x": "", other: "1" });
  expect(storedParts(all).map(({ key, says, bytes }) => [key, says, bytes])).toEqual([
    ["signalbox.preferences", "theme, density, how logs are shown", 46],
    ["signalbox.token:/", "the token, for one gateway", 40],
    ["signalbox.x", "of a view", 22],
  ]);
  forgetAll(all);
  expect([...all.kept.keys()]).toEqual(["other"]);
});
