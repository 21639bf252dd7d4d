import fc from "fast-check";
import { expect, test } from "vitest";
import { Sequence } from "../load/sequence.ts";

test("who gets every number once has lost nothing and nothing came again", () => {
  const sequence = new Sequence(0);
  for (let number = 1; number <= 100; number++) sequence.take(number);
  expect([sequence.lostUpTo(100), sequence.again]).toEqual([0, 0]);
});

test("whatever of an ordered stream is missing or doubled is counted exactly", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 60 }), (times) => {
      const sequence = new Sequence(0);
      for (const [index, count] of times.entries()) for (let i = 0; i < count; i++) sequence.take(index + 1);
      expect(sequence.lostUpTo(times.length)).toBe(times.filter((count) => count === 0).length);
      expect(sequence.again).toBe(times.reduce((sum, count) => sum + Math.max(0, count - 1), 0));
    }),
  );
});
