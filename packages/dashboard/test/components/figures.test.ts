import { expect, test } from "vitest";
import { ago, bytes, duration, percent } from "../../src/components/figures.ts";

test.each([
  [0, "0 s"],
  [420, "0.4 s"],
  [42_900, "42 s"],
  [185_000, "3 m 05 s"],
  [7_800_000, "2 h 10 m"],
  [273_600_000, "3 d 4 h"],
])("%i ms are %s", (ms, words) => {
  expect(duration(ms)).toBe(words);
});

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1_500, "1.5 kB"],
  [82_000_000, "82 MB"],
  [999_600, "1.0 MB"],
])("%i bytes are %s", (value, words) => {
  expect(bytes(value)).toBe(words);
});

test("times ago", () => {
  expect([1_000, 12_000, 200_000, 7_300_000, 400_000_000].map(ago)).toEqual([
    "just now",
    "12 s ago",
    "3 m ago",
    "2 h ago",
    "4 d ago",
  ]);
});

test("percents", () => {
  expect([0.04, 3.14, 99.6].map(percent)).toEqual(["0 %", "3.1 %", "100 %"]);
});
