import { expect, test } from "vitest";
import { curve } from "../../src/tests/curve.ts";
import { blocksOf, blocksShown } from "../../src/tests/phases.ts";

const none = { total: undefined, passing: undefined, failing: undefined, skipped: undefined, taskId: undefined };

test("a phase lasts until the next one; longer ones are wider, but never so much that short ones vanish", () => {
  const [red, green] = blocksOf(
    [
      { ...none, phase: "red", at: 0 },
      { ...none, phase: "green", at: 1_000 },
    ],
    3_601_000,
  );
  expect([red?.until, green?.until]).toEqual([1_000, undefined]);
  expect(red?.weight).toBe(2);
  expect(green?.weight).toBeLessThan(7 * 2);
});

test("of many phases the last are drawn", () => {
  const phases = Array.from({ length: blocksShown + 3 }, (_, at) => ({ ...none, phase: "red", at }));
  expect(blocksOf(phases, 99)[0]?.at).toBe(3);
});

test("a figure holds until it is measured again, up to the right edge", () => {
  const frame = { width: 100, height: 50, from: 0, to: 10, floor: 50 };
  expect(
    curve(
      [
        { at: 0, value: 50 },
        { at: 5, value: 75 },
        { at: 10, value: 100 },
      ],
      frame,
    ),
  ).toBe("M0.0 50.0H50.0V25.0H100.0V0.0H100");
  expect(curve([{ at: 3, value: 200 }], { ...frame, from: 3, to: 3 })).toBe("M0.0 0.0H100");
  expect(curve([], frame)).toBe("");
});
