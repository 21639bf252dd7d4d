/** Between rows and the browser's scroll bar, which cannot be as tall as a million rows. */

/** Pixels. Browsers lose precision, then rows, from about 16 million on. */
export const tallest = 8_000_000;

export interface Extent {
  rows: number;
  rowPx: number;
  /** Height of what is seen at once. */
  viewPx: number;
}

/** A place in the log: so many pixels below the top of the row with that number. */
export interface RowPlace {
  index: number;
  px: number;
}

export const heightOf = ({ rows, rowPx }: Extent): number => Math.min(tallest, rows * rowPx);

/** Up to `tallest` exact; beyond it the bar is a map of the log on a smaller scale. */
export function placeAt(extent: Extent, scrollTop: number): RowPlace {
  const px = Math.max(0, scrollTop) * scaleOf(extent);
  const index = Math.min(Math.max(0, extent.rows - 1), Math.floor(px / extent.rowPx));
  return { index, px: Math.min(extent.rowPx, px - index * extent.rowPx) };
}

export const scrollTopOf = (extent: Extent, place: RowPlace): number =>
  (place.index * extent.rowPx + place.px) / scaleOf(extent);

/** Log pixels per pixel of the scroll range. */
function scaleOf(extent: Extent): number {
  const range = heightOf(extent) - extent.viewPx;
  return range <= 0 ? 1 : (extent.rows * extent.rowPx - extent.viewPx) / range;
}
