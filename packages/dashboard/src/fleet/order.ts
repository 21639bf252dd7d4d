/** The order of the fleet: needs-you first, and nothing moves while somebody reads. */
import { type Rank, rankOf, ranks } from "./condition.ts";
import type { FleetItem } from "./item.ts";

/** Where each row stands, and since which turn it has its rank. */
export interface Arrangement {
  readonly keys: readonly string[];
  readonly places: ReadonlyMap<string, Place>;
  /** Rows that would stand elsewhere, or are not shown yet, because the list is held. */
  readonly pending: readonly FleetItem[];
}

interface Place {
  rank: Rank;
  /** Counts up with every change of rank; newer ones stand higher within their rank. */
  turn: number;
}

export const nothingArranged: Arrangement = { keys: [], places: new Map(), pending: [] };

/**
 * Rows move only when their rank changed. With `hold` not even then: rows keep their places, vanished ones go,
 * new ones wait; `pending` says which.
 */
export function arrange(before: Arrangement, items: ReadonlyMap<string, FleetItem>, hold: boolean): Arrangement {
  const changed: FleetItem[] = [];
  let fresh = 0;
  for (const item of items.values()) {
    const had = before.places.get(item.key);
    if (had?.rank !== rankOf[item.condition]) changed.push(item);
    if (had === undefined) fresh++;
  }
  const gone = before.places.size + fresh - items.size;
  // Most of the time a thousand rows change, and none of them its rank.
  if (gone === 0 && (changed.length === 0 || hold))
    return changed.length + before.pending.length === 0 ? before : { ...before, pending: changed };
  const places = new Map([...before.places].filter(([key]) => items.has(key)));
  if (hold) return { keys: before.keys.filter((key) => places.has(key)), places, pending: changed };
  let turn = 0;
  for (const place of before.places.values()) turn = Math.max(turn, place.turn);
  for (const { key, condition } of byAge(changed)) places.set(key, { rank: rankOf[condition], turn: ++turn });
  const keys = [...places]
    .sort(([, a], [, b]) => ranks.indexOf(a.rank) - ranks.indexOf(b.rank) || b.turn - a.turn)
    .map(([key]) => key);
  return { keys: sameOr(before.keys, keys), places, pending: [] };
}

/** Oldest first, so that the newest gets the highest turn; then by name, for one order on every screen. */
const byAge = (items: FleetItem[]): FleetItem[] =>
  items.sort((a, b) => (a.startedAt ?? 0) - (b.startedAt ?? 0) || compareNames(b.key, a.key));

const names = new Intl.Collator("en", { numeric: true });
const compareNames = (a: string, b: string): number => names.compare(a, b);

const sameOr = (before: readonly string[], after: string[]): readonly string[] =>
  before.length === after.length && before.every((key, at) => key === after[at]) ? before : after;
