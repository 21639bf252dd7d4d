/** What of the fleet is shown: kept in the address, so that a filtered view can be sent to somebody. */
import { type Condition, conditions } from "./condition.ts";
import type { FleetItem, Kind } from "./item.ts";

export interface FleetFilter {
  /** Every word must occur in the row's name, state or last words. */
  q?: string;
  state?: Condition[];
  kind?: Kind[];
}

const kinds: readonly Kind[] = ["agent", "session", "process"];

/** Reads `?q=&state=waiting,failed&kind=agent`; anything else is left out. */
export function readFilter(search: Record<string, unknown>): FleetFilter {
  const q = text(search.q);
  const state = listed(search.state, conditions);
  const kind = listed(search.kind, kinds);
  return { ...(q ? { q } : {}), ...(state ? { state } : {}), ...(kind ? { kind } : {}) };
}

export function matches(item: FleetItem, filter: FleetFilter): boolean {
  if (filter.state && !filter.state.includes(item.condition)) return false;
  if (filter.kind && !filter.kind.includes(item.kind)) return false;
  if (!filter.q) return true;
  const haystack = [item.id, item.title, item.subtitle, item.word, item.said].join("\n").toLowerCase();
  return filter.q
    .toLowerCase()
    .split(/\s+/)
    .every((word) => haystack.includes(word));
}

/** Adds or removes one choice; none chosen means all. */
export function toggled<Choice>(chosen: readonly Choice[] | undefined, choice: Choice): Choice[] | undefined {
  const next = chosen?.includes(choice) ? chosen.filter((one) => one !== choice) : [...(chosen ?? []), choice];
  return next.length === 0 ? undefined : next;
}

const text = (value: unknown): string => (typeof value === "string" || typeof value === "number" ? `${value}` : "");

function listed<Choice extends string>(value: unknown, known: readonly Choice[]): Choice[] | undefined {
  const named = Array.isArray(value) ? value.map(text) : text(value).split(",");
  const chosen = known.filter((choice) => named.includes(choice));
  return chosen.length === 0 ? undefined : chosen;
}
