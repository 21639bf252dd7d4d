import { expect, test } from "vitest";
import { afterKey, goKeys, type KeySequence } from "../../src/app/go-keys.ts";

const pressed = (...keys: string[]): KeySequence =>
  keys.reduce<KeySequence>((before, key, at) => afterKey(before, key, at * 100), { sinceMs: undefined });

test("every view has a key of its own", () => {
  expect(new Set(Object.values(goKeys)).size).toBe(Object.keys(goKeys).length);
});

test.each<[string[], string | undefined]>([
  [["g", "f"], "/"],
  [["g", "a"], "/approvals"],
  [["g", ","], "/settings"],
  [["f"], undefined],
  [["g", "Escape", "f"], undefined],
  [["g", "q"], undefined],
  [["x", "g", "t"], "/timeline"],
])("%j goes to %s", (keys, to) => {
  expect(pressed(...keys).to).toBe(to);
});

test("a letter long after g is a letter", () => {
  expect(afterKey(afterKey({ sinceMs: undefined }, "g", 0), "a", 2_001).to).toBeUndefined();
});
