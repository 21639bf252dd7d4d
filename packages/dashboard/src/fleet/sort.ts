/** Orders of the table: by a column, up or down; kept in the address as `sort=-tokens`. */
import { rankOf, ranks } from "./condition.ts";
import type { FleetItem } from "./item.ts";

export type SortKey = "state" | "name" | "kind" | "progress" | "tokens" | "cost" | "updated";

export interface Sort {
  by: SortKey;
  down: boolean;
}

const keys: readonly SortKey[] = ["state", "name", "kind", "progress", "tokens", "cost", "updated"];

/** What people look for first in a column stands first at the first click. */
const downFirst: ReadonlySet<SortKey> = new Set(["progress", "tokens", "cost", "updated"]);

export function readSort(value: unknown): string | undefined {
  const sort = sortIn(typeof value === "string" ? value : undefined);
  return sort && sortText(sort);
}

export function sortIn(text: string | undefined): Sort | undefined {
  const name = text?.replace(/^-/, "");
  const by = keys.find((key) => key === name);
  return by && { by, down: text?.startsWith("-") === true };
}

export const sortText = ({ by, down }: Sort): string => (down ? `-${by}` : by);

/** A click on a column: its better way first, then the other one, then the order of the fleet again. */
export function nextSort(now: Sort | undefined, by: SortKey): Sort | undefined {
  const first = downFirst.has(by);
  if (now?.by !== by) return { by, down: first };
  return now.down === first ? { by, down: !first } : undefined;
}

const names = new Intl.Collator("en", { numeric: true });

const compare: Readonly<Record<SortKey, (a: FleetItem, b: FleetItem) => number>> = {
  // Within a state, who is in it longest.
  state: (a, b) =>
    ranks.indexOf(rankOf[a.condition]) - ranks.indexOf(rankOf[b.condition]) ||
    names.compare(a.word, b.word) ||
    (a.since ?? Infinity) - (b.since ?? Infinity) ||
    0,
  name: (a, b) => names.compare(a.title, b.title),
  kind: (a, b) => names.compare(a.kind, b.kind),
  progress: (a, b) => (a.progress ?? -1) - (b.progress ?? -1),
  tokens: (a, b) => a.tokens - b.tokens,
  cost: (a, b) => a.costUsd - b.costUsd,
  updated: (a, b) => a.updatedAt - b.updatedAt,
};

/** Equals stand by name, whichever way. */
export function sortedBy(items: Iterable<FleetItem>, { by, down }: Sort): string[] {
  const way = down ? -1 : 1;
  return [...items].sort((a, b) => way * compare[by](a, b) || names.compare(a.key, b.key)).map(({ key }) => key);
}
