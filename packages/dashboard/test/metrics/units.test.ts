import { expect, test } from "vitest";
import { told, type Unit } from "../../src/metrics/units.ts";

test.each<[number | null, Unit, string]>([
  [0, "per-second", "0 /s"],
  [3.456, "per-second", "3.46 /s"],
  [1_234.6, "per-second", "1,235 /s"],
  [12.34, "per-hour", "12.3 /h"],
  [82_400_000, "bytes", "82 MB"],
  [13_000, "bytes-per-second", "13 kB/s"],
  [0.018, "ms", "0.02 ms"],
  [116.4, "ms", "116 ms"],
  [12_000, "ms", "12 s"],
  [3.76, "percent", "3.76 %"],
  [0.0213, "usd", "$0.0213"],
  [0, "usd", "$0.00"],
  [1_204.5, "usd", "$1,204.50"],
  [18_400, "tokens", "18,400"],
  [null, "ms", "–"],
])("%s as %s is %s", (value, unit, words) => {
  expect(told(value, unit)).toBe(words);
});
