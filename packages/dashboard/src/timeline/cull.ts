/** What of a lane is in view, and what of that can be told apart: thousands of bars may lie in one pixel. */
import type { Bar, Ground, Level, Mark } from "./bars.ts";

/** The first index whose value is not less. */
export function firstAtLeast(length: number, valueAt: (index: number) => number, value: number): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (valueAt(middle) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The times in view, and how long a pixel is. */
export interface Scale {
  from: number;
  to: number;
  msPerPx: number;
}

/** Calls back with each bar that is drawn, at most about two for each pixel; `many`: it stands for others too. */
export function barsInView(level: Level, scale: Scale, draw: (bar: Bar, many: boolean) => void): void {
  const { bars, reach } = level;
  let at = firstAtLeast(bars.length, (index) => reach[index] ?? 0, scale.from);
  while (at < bars.length) {
    const bar = bars[at];
    if (bar === undefined || bar.start > scale.to) return;
    if (bar.end < scale.from) {
      at++;
      continue;
    }
    if (bar.end - bar.start >= scale.msPerPx) {
      draw(bar, false);
      at++;
      continue;
    }
    // All that begins within this pixel is one stroke.
    const next = Math.max(
      at + 1,
      firstAtLeast(bars.length, (index) => bars[index]?.start ?? 0, bar.start + scale.msPerPx),
    );
    draw(bar, next > at + 1);
    // But one that goes on further has to be seen.
    const longest = reach[next - 1] ?? 0;
    if (next > at + 1 && longest - bar.start >= scale.msPerPx) {
      const long = bars.slice(at, next).find(({ end }) => end === longest);
      if (long !== undefined && long !== bar) draw(long, false);
    }
    at = next;
  }
}

/** Bars that failed: drawn after the others, so that none is lost among what went well. */
export const badInView = ({ bad }: Level, scale: Scale, draw: (bar: Bar) => void): void => {
  let at = firstAtLeast(bad.length, (index) => bad[index]?.start ?? 0, scale.from);
  if (at > 0) at--;
  while (at < bad.length) {
    const bar = bad[at];
    if (bar === undefined || bar.start > scale.to) return;
    if (bar.end >= scale.from) draw(bar);
    at = Math.max(
      at + 1,
      firstAtLeast(bad.length, (index) => bad[index]?.start ?? 0, bar.start + scale.msPerPx),
    );
  }
};

/** One for each `everyPx` at most; those that ask people or failed come before others in the same place. */
export function marksInView(marks: readonly Mark[], scale: Scale, everyPx: number, draw: (mark: Mark) => void): void {
  let at = firstAtLeast(marks.length, (index) => marks[index]?.at ?? 0, scale.from);
  while (at < marks.length) {
    const first = marks[at];
    if (first === undefined || first.at > scale.to) return;
    const next = Math.max(
      at + 1,
      firstAtLeast(marks.length, (index) => marks[index]?.at ?? 0, first.at + scale.msPerPx * everyPx),
    );
    // Looking at a thousand is enough to choose the one that is shown.
    const here = marks.slice(at, Math.min(next, at + 1_000));
    draw(here.find(({ tone }) => tone === "wait") ?? here.find(({ tone }) => tone === "stop") ?? first);
    at = next;
  }
}

/** Each state in view with its end; states shorter than a pixel are passed over. */
export function groundInView(
  ground: readonly Ground[],
  scale: Scale,
  draw: (ground: Ground, from: number, to: number) => void,
): void {
  let at = Math.max(0, firstAtLeast(ground.length, (index) => ground[index]?.at ?? 0, scale.from) - 1);
  while (at < ground.length) {
    const one = ground[at];
    if (one === undefined || one.at > scale.to) return;
    const until = ground[at + 1]?.at ?? Number.POSITIVE_INFINITY;
    draw(one, one.at, until);
    at = Math.max(at + 1, firstAtLeast(ground.length, (index) => ground[index]?.at ?? 0, one.at + scale.msPerPx) - 1);
  }
}
