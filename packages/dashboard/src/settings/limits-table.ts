/** Rows of what a gateway allows: pure. */

import { limits } from "@signalbox/protocol";
import { bytes, count, duration } from "../components/figures.ts";

export interface Allowed {
  node: string;
  limits: Readonly<Record<string, number>>;
  defaults: Readonly<Record<string, number>>;
  rates: Readonly<Record<string, unknown>>;
  namespaces: Readonly<Record<string, NamespaceOptions>>;
  used: Readonly<Record<string, number>>;
}

interface NamespaceOptions {
  durability: string;
  retention: { ageMs: number; count: number; bytes: number };
  reducer?: string;
}

export interface LimitRow {
  name: string;
  value: string;
  /** Unless it is that. */
  byDefault: string | undefined;
  used: string | undefined;
  /** 0 to 1. */
  share: number | undefined;
  over: string;
}

const show = { bytes, ms: duration, count } as const;

/** Those of which something is used first, then those that were set, then the others by name. */
export function limitRows({ limits: values, defaults, used }: Allowed, q: string): LimitRow[] {
  const known: Readonly<Record<string, { unit: keyof typeof show; over: string }>> = limits;
  const rows = Object.entries(values).map(([name, value]): LimitRow => {
    const { unit, over } = known[name] ?? { unit: "count" as const, over: "" };
    const inUse = used[name];
    const byDefault = defaults[name];
    return {
      name,
      value: show[unit](value),
      byDefault: byDefault === undefined || byDefault === value ? undefined : show[unit](byDefault),
      used: inUse === undefined ? undefined : show[unit](inUse),
      share: inUse === undefined || value === 0 ? undefined : inUse / value,
      over,
    };
  });
  const rank = ({ used: inUse, byDefault }: LimitRow): number =>
    inUse !== undefined ? 0 : byDefault !== undefined ? 1 : 2;
  const words = q.toLowerCase().split(/\s+/).filter(Boolean);
  return rows
    .filter(({ name, over }) => words.every((word) => `${name} ${over}`.toLowerCase().includes(word)))
    .sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
}

export interface RateRow {
  name: string;
  perSecond: number;
  burst: number;
}

/** `principal`, `types.subscribe` …, as the configuration spells them. */
export function rateRows(rates: Readonly<Record<string, unknown>>): RateRow[] {
  return Object.entries(rates).flatMap(([name, rule]): RateRow[] => {
    const { perSecond, burst }: { perSecond?: unknown; burst?: unknown } = { ...Object(rule) };
    if (typeof perSecond === "number" && typeof burst === "number")
      return [{ name: `rates.${name}`, perSecond, burst }];
    return rateRows({ ...Object(rule) }).map((row) => ({
      ...row,
      name: `rates.${name}.${row.name.slice("rates.".length)}`,
    }));
  });
}
