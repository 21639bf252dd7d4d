/** What of the fleet is shown: kept in the address, so that a filtered view can be sent to somebody. */
import { type Condition, conditions } from "./condition.ts";
import type { FleetItem, Kind } from "./item.ts";
import { readSort } from "./sort.ts";

export interface FleetFilter {
  /** Every word must occur in the row's name, state or last words. */
  q?: string;
  state?: Condition[];
  kind?: Kind[];
  /** Only what belongs to this session, and the session itself. */
  session?: string;
}

/** Shapes of the same rows. Absent: lanes. */
export type Shape = "board" | "table" | "lanes";

/** The fleet's whole address. */
export interface FleetSearch extends FleetFilter {
  view?: Exclude<Shape, "lanes">;
  /** Of the table; absent: what needs you first. */
  sort?: string;
}

const kinds: readonly Kind[] = ["agent", "session", "process"];

/** Reads `?q=&state=waiting,failed&kind=agent&session=s1`; anything else is left out. */
export function readFilter(search: Record<string, unknown>): FleetFilter {
  const q = text(search.q);
  const state = listed(search.state, conditions);
  const kind = listed(search.kind, kinds);
  const session = text(search.session);
  return {
    ...(q ? { q } : {}),
    ...(state ? { state } : {}),
    ...(kind ? { kind } : {}),
    ...(session ? { session } : {}),
  };
}

export function readFleetSearch(search: Record<string, unknown>): FleetSearch {
  const view = search.view === "board" || search.view === "table" ? search.view : undefined;
  const sort = readSort(search.sort);
  return { ...readFilter(search), ...(view ? { view } : {}), ...(sort ? { sort } : {}) };
}

/** The part of an address that says which rows. */
export const filterOf = ({ view: _, sort: __, ...filter }: FleetSearch): FleetFilter => filter;

export const isFiltered = (filter: FleetFilter): boolean => Object.keys(filter).length > 0;

export const matches = (item: FleetItem, filter: FleetFilter): boolean => matcher(filter)(item);

/** The same for many rows: the words are taken apart once. */
export function matcher({ q = "", state, kind, session }: FleetFilter): (item: FleetItem) => boolean {
  const words = q.toLowerCase().split(/\s+/).filter(Boolean);
  return (item) => {
    if (state && !state.includes(item.condition)) return false;
    if (kind && !kind.includes(item.kind)) return false;
    if (session && item.sessionId !== session) return false;
    return words.length === 0 || words.every((word) => haystackOf(item).includes(word));
  };
}

/** Rows are looked through by several filters at each change: a row's words are put together once. */
const haystacks = new WeakMap<FleetItem, string>();

function haystackOf(item: FleetItem): string {
  const known = haystacks.get(item);
  if (known !== undefined) return known;
  const { id, title, subtitle, word, said, sessionId = "" } = item;
  const haystack = [id, title, subtitle, word, said, sessionId].join("\n").toLowerCase();
  haystacks.set(item, haystack);
  return haystack;
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
