import fc from "fast-check";
import { expect, test } from "vitest";
import { backoffMs, defaultBackoff } from "../src/backoff.ts";

test("§3.7 between 0.5 s and min(20 s, 0.5 s × 2ⁿ), wherever chance puts it", () => {
  expect([1, 2, 3, 4, 5, 6, 7].map((n) => backoffMs(n, 0, defaultBackoff))).toEqual(Array(7).fill(500));
  expect([1, 2, 3, 4, 5, 6, 7].map((n) => backoffMs(n, 0.5, defaultBackoff))).toEqual([
    750, 1_250, 2_250, 4_250, 8_250, 10_250, 10_250,
  ]);
  expect(backoffMs(3, 0.999_999, defaultBackoff)).toBe(4_000);
});

test("no attempt, however late, leaves the bounds", () => {
  fc.assert(
    fc.property(fc.nat(5_000), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (attempt, random) => {
      const ms = backoffMs(attempt, random, defaultBackoff);
      expect(ms).toBeGreaterThanOrEqual(500);
      expect(ms).toBeLessThanOrEqual(20_000);
    }),
  );
});
