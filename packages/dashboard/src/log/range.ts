/** Which rows are drawn. */
import type { LogPages } from "./pages.ts";

/** Rows beyond each edge, so that the next scroll step finds them drawn. */
const overscan = 24;

/** Rows before a row that was asked for: it stands in their context. */
export const contextRows = Math.floor(overscan / 4);

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

/** A selection longer than this loses its beginning; the download has every line. */
const selectedRows = 2_000;

/** The same rows and all between them and `kept`, where a selection begins. */
export function reachingTo(pages: LogPages, drawn: readonly number[], kept: number | undefined): readonly number[] {
  const [first, last] = [drawn[0], drawn.at(-1)];
  if (kept === undefined || first === undefined || last === undefined) return drawn;
  if (kept < first && first - kept <= selectedRows) {
    return [
      ...walk(pages, first - 1, -1, first - kept)
        .filter((at) => at >= kept)
        .reverse(),
      ...drawn,
    ];
  }
  if (kept > last && kept - last <= selectedRows) {
    return [...drawn, ...walk(pages, last + 1, 1, kept - last).filter((at) => at <= kept)];
  }
  return drawn;
}
