/** Rows as they are drawn: which offset each has, and where it lies. Wrapped rows are taller than others. */
import type { View } from "./viewport.ts";

export const offsetOfRow = (row: HTMLElement): number => Number(row.dataset.offset);

/** Distance of the row's top from the layer's; rows that are gone stand where the next one does. */
export function rowTop(inner: HTMLElement, offset: number): number {
  let top = 0;
  for (const row of inner.children) {
    if (!(row instanceof HTMLElement)) continue;
    top = row.offsetTop;
    if (offsetOfRow(row) >= offset) break;
  }
  return top;
}

/** The row that covers that many pixels below the layer's top. */
export function rowAt(inner: HTMLElement, y: number): HTMLElement | undefined {
  let low = 0;
  let high = inner.children.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const row = inner.children[middle];
    if (!(row instanceof HTMLElement)) return undefined;
    if (y < row.offsetTop) high = middle - 1;
    else if (y >= row.offsetTop + row.offsetHeight) low = middle + 1;
    else return row;
  }
  return undefined;
}

/** The place that keeps this row where it is, at the top edge. */
export const anchorAt = (row: HTMLElement, at: { scrollTop: number; layerTop: number }): View["anchor"] => ({
  offset: offsetOfRow(row),
  px: Math.max(0, at.scrollTop - at.layerTop - row.offsetTop),
});
