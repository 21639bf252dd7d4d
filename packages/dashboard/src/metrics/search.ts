/** What of the metrics is looked at: in the address. */

export const tabs = ["gateway", "work", "cost", "budgets"] as const;
export type MetricsTab = (typeof tabs)[number];

export const ranges = { "15m": 900_000, "1h": 3_600_000, "24h": 86_400_000 } as const;
export type Range = keyof typeof ranges;
export const rangeNames: ReadonlyArray<{ name: Range; label: string }> = [
  { name: "15m", label: "15 min" },
  { name: "1h", label: "1 hour" },
  { name: "24h", label: "24 hours" },
];

export const sorts = ["name", "tokens", "cost", "seconds"] as const;
export type Sort = (typeof sorts)[number];

export const groups = ["session", "agent", "model"] as const;
export type Group = (typeof groups)[number];

export interface MetricsSearch {
  tab?: MetricsTab;
  range?: Range;
  /** One node; absent: all together. */
  node?: string | undefined;
  /** Of the cost table. */
  by?: Group;
  sort?: Sort;
}

const oneOf = <Value extends string>(values: readonly Value[], value: unknown): Value | undefined =>
  values.find((one) => one === value);

export function readMetricsSearch({ tab, range, node, by, sort }: Record<string, unknown>): MetricsSearch {
  const found = {
    tab: oneOf(tabs, tab),
    range: oneOf(["15m", "1h", "24h"] as const, range),
    node: typeof node === "string" && node !== "" ? node : undefined,
    by: oneOf(groups, by),
    sort: oneOf(sorts, sort),
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}
