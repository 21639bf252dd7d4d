import fc from "fast-check";
import { expect, test } from "vitest";
import { Durations } from "../src/durations.ts";

const of = (values: readonly number[]): Durations => {
  const durations = new Durations();
  for (const ms of values) durations.record(ms);
  return durations;
};

test("shares are known to 9 %, never less than they were", () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0.02, max: 1e8, noNaN: true }), { minLength: 1, maxLength: 200 }),
      (values) => {
        const sorted = values.toSorted((a, b) => a - b);
        const shares = [0.5, 0.95, 0.99];
        const told = of(values).quantiles(shares) ?? [];
        for (const [at, share] of shares.entries()) {
          const exact = sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
          expect(told[at]).toBeGreaterThanOrEqual(exact * 0.999);
          expect(told[at]).toBeLessThanOrEqual(exact * 1.1);
        }
      },
    ),
  );
});

test("between two looks only what lies between counts; nothing is not 0", () => {
  const durations = of([1_000, 1_000]);
  const look = durations.look();
  expect(durations.quantiles([0.5], look)).toBeUndefined();
  durations.record(10);
  expect(durations.quantiles([0.5], look)?.[0]).toBeCloseTo(10, -1);
});

test("how many were at most so long, and all", () => {
  expect(of([0.001, 500, 5_000, 1e12]).upTo([1_000, 10_000])).toEqual([2, 3, 4]);
});
