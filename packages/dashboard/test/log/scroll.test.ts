import fc from "fast-check";
import { expect, test } from "vitest";
import { type Extent, heightOf, placeAt, scrollTopOf, tallest } from "../../src/log/scroll.ts";

const extents: fc.Arbitrary<Extent> = fc.record({
  rows: fc.integer({ min: 100, max: 5_000_000 }),
  rowPx: fc.constantFrom(18, 20),
  viewPx: fc.integer({ min: 100, max: 1_500 }),
});

test("a million rows fit into what a browser can scroll", () => {
  expect(heightOf({ rows: 1_000_000, rowPx: 20, viewPx: 700 })).toBe(tallest);
  expect(heightOf({ rows: 1_000, rowPx: 20, viewPx: 700 })).toBe(20_000);
});

test("a place and its position on the bar are each other's inverse", () => {
  fc.assert(
    fc.property(extents, fc.double({ min: 0, max: 1, noNaN: true }), (extent, part) => {
      const range = Math.max(0, heightOf(extent) - extent.viewPx);
      const top = range * part;
      expect(scrollTopOf(extent, placeAt(extent, top))).toBeCloseTo(top, 3);
    }),
  );
});

test("the ends of the bar are the ends of the log", () => {
  fc.assert(
    fc.property(extents, (extent) => {
      expect(placeAt(extent, 0)).toEqual({ index: 0, px: 0 });
      const { index, px } = placeAt(extent, Math.max(0, heightOf(extent) - extent.viewPx));
      const below = extent.rows * extent.rowPx - index * extent.rowPx - px;
      expect(below).toBeCloseTo(Math.min(extent.rows * extent.rowPx, extent.viewPx), 2);
    }),
  );
});

test("below the limit a row is exactly where it would be in a plain list", () => {
  expect(scrollTopOf({ rows: 1_000, rowPx: 20, viewPx: 700 }, { index: 123, px: 7 })).toBe(123 * 20 + 7);
});
