/** The order of the fleet: needs-you first, and nothing moves while somebody reads. */
import { type Rank, rankOf, ranks } from "./condition.ts";
import type { FleetItem } from "./item.ts";

/** Where each row stands, and since which turn it has its rank. */
export interface Arrangement {
  readonly keys: readonly string[];
  readonly places: ReadonlyMap<string, Place>;
  /** Rows that would stand elsewhere, or are not shown yet, because the list is held. */
  readonly pending: number;
}

interface Place {
  rank: Rank;
  /** Counts up with every change of rank; newer ones stand higher within their rank. */
  turn: number;
}

export const nothingArranged: Arrangement = { keys: [], places: new Map(), pending: 0 };

/**
 * Rows move only when their rank changed. With `hold` not even then: rows keep their places, vanished ones go,
 * new ones wait; `pending` says how many.
 */
export function arrange(before: Arrangement, items: ReadonlyMap<string, FleetItem>, hold: boolean): Arrangement {
  const places = new Map<string, Place>();
  let turn = 0;
  for (const place of before.places.values()) turn = Math.max(turn, place.turn);
  for (const item of byAge([...items.values()])) {
    const rank = rankOf[item.condition];
    const had = before.places.get(item.key);
    places.set(item.key, had?.rank === rank ? had : { rank, turn: ++turn });
  }
  const sorted = [...places.keys()].sort(
    (a, b) =>
      ranks.indexOf(rankAt(places, a)) - ranks.indexOf(rankAt(places, b)) || turnAt(places, b) - turnAt(places, a),
  );
  if (!hold) return { keys: sameOr(before.keys, sorted), places, pending: 0 };
  const keys = before.keys.filter((key) => items.has(key));
  const moved = keys.filter((key) => rankAt(places, key) !== before.places.get(key)?.rank).length;
  // What moved keeps its old place in the books, so that the next turn still sees the change.
  for (const key of keys) {
    const had = before.places.get(key);
    if (had) places.set(key, had);
  }
  const fresh = items.size - keys.length;
  for (const key of places.keys()) if (!before.places.has(key)) places.delete(key);
  return { keys: sameOr(before.keys, keys), places, pending: moved + fresh };
}

/** Oldest first, so that the newest gets the highest turn; then by name, for one order on every screen. */
const byAge = (items: FleetItem[]): FleetItem[] =>
  items.sort((a, b) => (a.startedAt ?? 0) - (b.startedAt ?? 0) || compareNames(b.key, a.key));

const names = new Intl.Collator("en", { numeric: true });
const compareNames = (a: string, b: string): number => names.compare(a, b);

const rankAt = (places: ReadonlyMap<string, Place>, key: string): Rank => places.get(key)?.rank ?? "idle";
const turnAt = (places: ReadonlyMap<string, Place>, key: string): number => places.get(key)?.turn ?? 0;

const sameOr = (before: readonly string[], after: string[]): readonly string[] =>
  before.length === after.length && before.every((key, at) => key === after[at]) ? before : after;
