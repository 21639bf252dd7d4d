/** Filters under a name, kept by the browser. */
import { type Cell, cell } from "../stores/readable.ts";
import { type FleetSearch, readFleetSearch } from "./filter.ts";

export interface SavedFilter {
  name: string;
  search: FleetSearch;
}

export const savedMost = 20;
export const nameMost = 40;

const key = "signalbox.fleet.filters";

/** Whatever is stored, a valid list. */
export function readSaved(stored: string | null): readonly SavedFilter[] {
  let kept: unknown;
  try {
    kept = JSON.parse(stored ?? "[]");
  } catch {
    return [];
  }
  if (!Array.isArray(kept)) return [];
  return kept.reduce<readonly SavedFilter[]>((list, one: unknown) => {
    if (typeof one !== "object" || one === null) return list;
    const name: unknown = Reflect.get(one, "name");
    const search: unknown = Reflect.get(one, "search");
    if (typeof name !== "string" || typeof search !== "object" || search === null) return list;
    const added = withFilter(list, name, readFleetSearch({ ...search }));
    return typeof added === "string" ? list : added;
  }, []);
}

/** With one more, or the one of this name anew; a sentence says why not. */
export function withFilter(
  list: readonly SavedFilter[],
  called: string,
  search: FleetSearch,
): readonly SavedFilter[] | string {
  const name = called.trim().slice(0, nameMost);
  if (name === "") return "A filter needs a name.";
  const at = list.findIndex((one) => one.name === name);
  if (at >= 0) return list.map((one, place) => (place === at ? { name, search } : one));
  if (list.length >= savedMost) return `${savedMost} filters are kept at most: delete one first.`;
  return [...list, { name, search }];
}

export function renamed(list: readonly SavedFilter[], from: string, called: string): readonly SavedFilter[] | string {
  const name = called.trim().slice(0, nameMost);
  if (name === "") return "A filter needs a name.";
  if (name !== from && list.some((one) => one.name === name)) return `There is a filter called ${name}.`;
  return list.map((one) => (one.name === from ? { ...one, name } : one));
}

export const without = (list: readonly SavedFilter[], name: string): readonly SavedFilter[] =>
  list.filter((one) => one.name !== name);

/** Two filters that show the same. */
export const isSame = (a: FleetSearch, b: FleetSearch): boolean => textOf(a) === textOf(b);

const textOf = ({ q, state, kind, session, view, sort }: FleetSearch): string =>
  JSON.stringify([q, state, kind, session, view, sort]);

export const saved: Cell<readonly SavedFilter[]> = cell(readSaved(localStorage.getItem(key)));

/** False: the browser does not keep it beyond this page. */
export function keep(list: readonly SavedFilter[]): boolean {
  saved.set(list);
  try {
    localStorage.setItem(key, JSON.stringify(list));
    return true;
  } catch {
    return false;
  }
}
