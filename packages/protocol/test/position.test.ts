import { formatPosition, isEpoch, isOffset, parsePosition } from "@signalbox/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { vectors } from "./vectors.ts";

const { valid, invalid } = vectors("positions");

describe("§2.3 positions", () => {
  test.each(valid)("$name: $text", ({ text, position }) => {
    expect(parsePosition(text)).toEqual(position);
    expect(formatPosition(position)).toBe(text);
  });

  test.each(invalid)("$name is not a position", ({ text }) => {
    expect(parsePosition(text)).toBeUndefined();
  });

  test("what is parsed is written back as it was", () => {
    fc.assert(
      fc.property(fc.oneof(fc.stringMatching(/^[\w-]{0,65}:[0-9]{0,17}$/), fc.string()), (text) => {
        const position = parsePosition(text);
        if (position === undefined) return;
        expect(formatPosition(position)).toBe(text);
        expect([isEpoch(position.epoch), isOffset(position.offset)]).toEqual([true, true]);
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([-1, 0.5, 2 ** 53, Number.NaN, "1", null, undefined, 1n])("%s is not an offset", (value) => {
    expect(isOffset(value)).toBe(false);
  });
});
