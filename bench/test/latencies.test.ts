import { expect, test } from "vitest";
import { Latencies } from "../load/latencies.ts";

test("percentiles are those of all values, also beyond the number that is kept", () => {
  const latencies = new Latencies();
  for (let ms = 0; ms < 2_000_000; ms++) latencies.add(ms * 1000);
  const { p50Ms, p99Ms, samples } = latencies.summary();
  expect(samples).toBeLessThanOrEqual(500_000);
  expect(Math.abs(p50Ms / 1_000_000 - 1)).toBeLessThan(0.001);
  expect(Math.abs(p99Ms / 1_980_000 - 1)).toBeLessThan(0.001);
});
