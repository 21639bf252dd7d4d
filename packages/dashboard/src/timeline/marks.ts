/** Where one steps to: the moments at which something happened, over all lanes. */

import { firstAtLeast } from "./cull.ts";
import type { LaneView } from "./source.ts";

/** Rising, each once. */
export function momentsOf(lanes: readonly LaneView[]): Float64Array {
  const all: number[] = [];
  for (const { content } of lanes) {
    for (const { bars } of content.levels) {
      for (const { start, end } of bars) {
        all.push(start);
        if (Number.isFinite(end)) all.push(end);
      }
    }
    for (const { at } of content.marks) all.push(at);
    for (const { at } of content.ground) all.push(at);
  }
  return distinct(all);
}

/** Only what asks a person, what failed and what began another phase. */
export function marksOf(lanes: readonly LaneView[]): Float64Array {
  return distinct(lanes.flatMap(({ content }) => content.marks.map(({ at }) => at)));
}

function distinct(times: number[]): Float64Array {
  const sorted = Float64Array.from(times).sort();
  return sorted.filter((time, at) => at === 0 || sorted[at - 1] !== time);
}

/** The next time after `at`, or the one before it; undefined: there is none. */
export function stepFrom(times: Float64Array, at: number, by: 1 | -1): number | undefined {
  const here = firstAtLeast(times.length, (index) => times[index] ?? 0, at);
  if (by < 0) return times[here - 1];
  return times[here] === at ? times[here + 1] : times[here];
}
