import { expect, test } from "vitest";
import { fitting, holding, moved, ticks, zoomed } from "../../src/timeline/range.ts";

test("zooming leaves the point under the hand where it is", () => {
  const range = { from: 1_000, to: 2_000 };
  const near = zoomed(range, 0.5, 1_250);
  expect(near).toEqual({ from: 1_125, to: 1_625 });
  expect((1_250 - near.from) / (near.to - near.from)).toBeCloseTo(0.25);
});

test("nobody zooms to nothing or to everything", () => {
  let range = { from: 0, to: 1_000 };
  for (let at = 0; at < 100; at++) range = zoomed(range, 0.5, 500);
  expect(range.to - range.from).toBeCloseTo(20);
  for (let at = 0; at < 200; at++) range = zoomed(range, 2, 500);
  expect(range.to - range.from).toBeCloseTo(400 * 86_400_000);
});

test("moving, fitting, holding", () => {
  expect(moved({ from: 1, to: 3 }, 2)).toEqual({ from: 3, to: 5 });
  const all = fitting({ from: 10_000, to: 20_000 });
  expect(all.from).toBeLessThan(10_000);
  expect(all.to).toBeGreaterThan(20_000);
  expect(holding({ from: 0, to: 10 }, 5)).toEqual({ from: 0, to: 10 });
  expect(holding({ from: 0, to: 10 }, 50)).toEqual({ from: 45, to: 55 });
});

test("the axis has round times of the viewer's clock, not too close", () => {
  const { at, step } = ticks({ from: 0, to: 600_000 }, 600, 72, 0);
  expect(step).toBe(120_000);
  expect(at).toEqual([0, 120_000, 240_000, 360_000, 480_000, 600_000]);
  // Half an hour ahead of UTC: full hours are there where people have them.
  const hours = ticks({ from: 0, to: 10 * 3_600_000 }, 700, 72, 1_800_000);
  expect(hours.at.every((time) => (time + 1_800_000) % 3_600_000 === 0)).toBe(true);
});
