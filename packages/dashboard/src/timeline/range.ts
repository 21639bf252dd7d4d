/** The times in view: moved, zoomed, and kept within reason. */

export interface Range {
  from: number;
  to: number;
}

const shortestMs = 20;
const longestMs = 400 * 86_400_000;

/** Around a point that stays where it is; `factor` below 1 goes nearer. */
export function zoomed({ from, to }: Range, factor: number, around: number): Range {
  const length = Math.min(longestMs, Math.max(shortestMs, (to - from) * factor));
  const share = to === from ? 0.5 : (around - from) / (to - from);
  return { from: around - length * share, to: around + length * (1 - share) };
}

export const moved = ({ from, to }: Range, byMs: number): Range => ({ from: from + byMs, to: to + byMs });

/** The whole of it with some room on both sides. */
export function fitting(whole: Range): Range {
  const length = Math.max(1_000, whole.to - whole.from);
  return { from: whole.from - length * 0.02, to: whole.to + length * 0.04 };
}

/** So that the moment is in view; the same range if it is. */
export function holding(range: Range, at: number): Range {
  if (at >= range.from && at <= range.to) return range;
  const length = range.to - range.from;
  return { from: at - length / 2, to: at + length / 2 };
}

/** Steps of clocks, in ms. */
const steps = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000],
  ...[60_000, 120_000, 300_000, 600_000, 900_000, 1_800_000],
  ...[3_600_000, 7_200_000, 10_800_000, 21_600_000, 43_200_000, 86_400_000, 604_800_000],
];

/** Times to write at the axis, as people read clocks: at least `minPx` apart. `zoneMs`: local time minus UTC. */
export function ticks(
  { from, to }: Range,
  widthPx: number,
  minPx: number,
  zoneMs: number,
): { at: number[]; step: number } {
  const least = ((to - from) / Math.max(1, widthPx)) * minPx;
  const step = steps.find((one) => one >= least) ?? Math.ceil(least / 604_800_000) * 604_800_000;
  const at: number[] = [];
  for (let tick = Math.ceil((from + zoneMs) / step) * step - zoneMs; tick <= to; tick += step) at.push(tick);
  return { at, step };
}
