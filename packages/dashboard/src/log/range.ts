/** Which rows are drawn. */
import type { LogPages } from "./pages.ts";

/** Rows beyond each edge, so that the next scroll step finds them drawn. */
export const overscan = 24;

/** Offsets of rows around `anchor`: some above, `count` from it on, some below. */
export function rowsAround(pages: LogPages, anchor: number, count: number): number[] {
  const start = pages.nearest(anchor, 1) ?? pages.nearest(Math.min(anchor, pages.top), -1);
  if (start === undefined) return [];
  const above = walk(pages, start - 1, -1, overscan).reverse();
  return [...above, ...walk(pages, start, 1, count + overscan)];
}

/** Offsets of the last rows. */
export const lastRows = (pages: LogPages, count: number): number[] =>
  walk(pages, pages.top, -1, count + overscan).reverse();

/** Offsets of up to `count` rows from `from` on, in that direction. */
export function walk(pages: LogPages, from: number, direction: 1 | -1, count: number): number[] {
  const found: number[] = [];
  for (let at = pages.nearest(from, direction); at !== undefined && found.length < count; ) {
    found.push(at);
    at = pages.nearest(at + direction, direction);
  }
  return found;
}
