import { expect, test } from "vitest";
import { RowCounts } from "../../src/log/row-counts.ts";

test("every offset is a row until something else is known", () => {
  const counts = new RowCounts();
  counts.span(1, 2_500);
  expect(counts.total).toBe(2_500);
  expect(counts.before(2)).toBe(2_000);
  expect(counts.find(2_100)).toEqual({ page: 2, within: 100 });
});

test("offsets without a row are taken out, and estimated where no page was had", () => {
  const counts = new RowCounts();
  counts.span(1, 3_000);
  counts.setHidden(0, 500);
  expect(counts.rowsOf(0)).toBe(500);
  expect(counts.total).toBe(1_500);
  counts.setHidden(1, 0);
  expect(counts.total).toBe(500 + 1_000 + 750);
});

test("the span grows at its end and shrinks at its beginning", () => {
  const counts = new RowCounts();
  counts.span(1, 1_500);
  expect(counts.total).toBe(1_500);
  counts.span(1, 4_000);
  expect(counts.total).toBe(4_000);
  counts.span(1_201, 4_000);
  expect(counts.total).toBe(2_800);
  expect(counts.find(0)).toEqual({ page: 1, within: 0 });
  expect(counts.find(2_799)).toEqual({ page: 3, within: 999 });
});

test("nothing yet is no row", () => {
  const counts = new RowCounts();
  expect(counts.total).toBe(0);
  expect(counts.find(0)).toEqual({ page: 0, within: 0 });
});
