/** Nothing moves, appears or goes away under the eyes of who reads. */

export interface Held {
  readonly keys: readonly string[];
  /** How many rows would stand elsewhere, appear or go away. */
  readonly pending: number;
}

/** `now` is how it would be shown; `exists`: the row is there, whether or not the filter still wants it. */
export function heldKeys(
  before: readonly string[],
  now: readonly string[],
  exists: (key: string) => boolean,
  hold: boolean,
): Held {
  if (!hold) return { keys: sameKeys(before, now) ? before : now, pending: 0 };
  const kept = before.filter(exists);
  const placeNow = new Map(now.map((key, at) => [key, at]));
  const places = kept.map((key) => placeNow.get(key)).filter((at) => at !== undefined);
  const goes = kept.length - places.length;
  const comes = now.length - places.length;
  const moves = places.length - longestRise(places);
  return { keys: kept.length === before.length ? before : kept, pending: goes + comes + moves };
}

const sameKeys = (a: readonly string[], b: readonly string[]): boolean =>
  a === b || (a.length === b.length && a.every((key, at) => key === b[at]));

/** How many can stay where they are when the others move: the length of the longest rising part. */
function longestRise(places: readonly number[]): number {
  /** The smallest end of a rising part of each length. */
  const ends: number[] = [];
  for (const place of places) {
    let low = 0;
    let high = ends.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((ends[middle] ?? 0) < place) low = middle + 1;
      else high = middle;
    }
    ends[low] = place;
  }
  return ends.length;
}
