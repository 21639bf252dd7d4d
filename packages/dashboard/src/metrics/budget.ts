/** Budgets, as the gateway tells them and as a form sets them. */

import { count } from "../components/figures.ts";
import { dollars } from "./units.ts";

export interface Measures {
  costUsd?: number;
  tokens?: number;
  seconds?: number;
}

export type Measure = keyof Measures;

export interface BudgetReceipt {
  at: number;
  used: Measures;
  given?: number;
  counts?: Readonly<Record<string, number>>;
  commands?: ReadonlyArray<{ commandId: string; target: string; state: string; error?: string }>;
}

export interface BudgetRow {
  scope: string;
  state: string;
  limits: Measures;
  used: Measures;
  shares: Measures;
  warnAt: number | null;
  pauseAt: number | null;
  cancelAt: number | null;
  round: number;
  setBy: string;
  setAt: number;
  since: number;
  warned?: BudgetReceipt;
  paused?: BudgetReceipt;
  cancelled?: BudgetReceipt;
}

export const measures: ReadonlyArray<{ name: Measure; label: string; unit: string }> = [
  { name: "costUsd", label: "Cost", unit: "US dollars" },
  { name: "tokens", label: "Tokens", unit: "read and written" },
  { name: "seconds", label: "Working time", unit: "seconds" },
];

export function amountOf(measure: Measure, amount: number): string {
  if (measure === "costUsd") return dollars(amount);
  if (measure === "tokens") return `${count(amount)} tokens`;
  return `${amount.toLocaleString("en", { maximumFractionDigits: 1 })} s`;
}

export interface Bar {
  measure: Measure;
  label: string;
  says: string;
  /** Of the length of the bar: the used part. */
  filled: number;
  marks: ReadonlyArray<{ at: number; word: "warn" | "pause" | "cancel" }>;
}

/** A bar is as long as the last mark, or what was used if that is more. */
export function barsOf({ limits, used, shares, warnAt, pauseAt, cancelAt }: BudgetRow): Bar[] {
  const stages = (
    [
      [warnAt, "warn"],
      [pauseAt, "pause"],
      [cancelAt, "cancel"],
    ] as const
  ).filter((stage): stage is readonly [number, "warn" | "pause" | "cancel"] => stage[0] !== null);
  return measures.flatMap(({ name, label }) => {
    const limit = limits[name];
    if (limit === undefined) return [];
    const share = shares[name] ?? 0;
    const length = Math.max(1, share, ...stages.map(([at]) => at)) * 1.04;
    const says = `${amountOf(name, used[name] ?? 0)} of ${amountOf(name, limit)} (${Math.round(share * 100)} %)`;
    return [
      {
        measure: name,
        label,
        says,
        filled: share / length,
        marks: stages.map(([at, word]) => ({ at: at / length, word })),
      },
    ];
  });
}

/** What stands in the fields: text. */
export interface BudgetEntries {
  scope: string;
  costUsd: string;
  tokens: string;
  seconds: string;
  /** Percent of a limit; empty: never. */
  warn: string;
  pause: string;
  cancel: string;
  reset: boolean;
}

export const emptyEntries: BudgetEntries = {
  ...{ scope: "", costUsd: "", tokens: "", seconds: "", warn: "80", pause: "100", cancel: "120", reset: false },
};

const percentOf = (share: number | null): string => (share === null ? "" : String(Math.round(share * 10_000) / 100));

export const entriesOf = ({ scope, limits, warnAt, pauseAt, cancelAt }: BudgetRow): BudgetEntries => ({
  scope,
  costUsd: String(limits.costUsd ?? ""),
  tokens: String(limits.tokens ?? ""),
  seconds: String(limits.seconds ?? ""),
  warn: percentOf(warnAt),
  pause: percentOf(pauseAt),
  cancel: percentOf(cancelAt),
  reset: false,
});

export interface BudgetSetting {
  scope: string;
  limits: Measures;
  warnAt: number | null;
  pauseAt: number | null;
  cancelAt: number | null;
  reset?: true;
}

const scopePattern = /^(global|(agent|session):[A-Za-z0-9._~:/@+=,-]{1,200})$/;

/** The data of a `budget_set`, or what has to be entered otherwise. */
export function readEntries(entries: BudgetEntries): { setting: BudgetSetting } | { wrong: string } {
  const scope = entries.scope.trim();
  if (!scopePattern.test(scope)) return { wrong: "Write the scope as agent:ID, session:ID or global." };
  const limits: Measures = {};
  for (const { name, label } of measures) {
    const text = entries[name].trim();
    if (text === "") continue;
    const value = Number(text);
    if (!(value > 0) || !Number.isFinite(value)) return { wrong: `${label} must be a number above 0, or empty.` };
    limits[name] = value;
  }
  if (Object.keys(limits).length === 0) return { wrong: "Give at least one limit." };
  const shares: Array<number | null> = [];
  for (const [word, text] of Object.entries({ Warn: entries.warn, Pause: entries.pause, Cancel: entries.cancel })) {
    const value = text.trim() === "" ? null : Number(text);
    if (value !== null && !(value > 0 && value <= 900))
      return { wrong: `${word} must be 1 to 900 %, or empty for never.` };
    shares.push(value === null ? null : value / 100);
  }
  const given = shares.filter((share) => share !== null);
  if (given.some((share, at) => at > 0 && share < (given[at - 1] ?? 0))) {
    return { wrong: "Warning, pausing and cancelling come in this order: their shares must rise." };
  }
  const [warnAt = null, pauseAt = null, cancelAt = null] = shares;
  return { setting: { scope, limits, warnAt, pauseAt, cancelAt, ...(entries.reset ? { reset: true } : {}) } };
}

/** What a setting will do, as a sentence. */
export function effectOf({ scope, limits, warnAt, pauseAt, cancelAt, reset }: BudgetSetting): string {
  const whom = scope === "global" ? "All agents of the fleet together" : scope;
  const what = measures.flatMap(({ name }) => (limits[name] === undefined ? [] : [amountOf(name, limits[name])]));
  const stages = (
    [
      [warnAt, "people are warned"],
      [pauseAt, "its agents are told to pause"],
      [cancelAt, "its agents are told to cancel"],
    ] as const
  ).flatMap(([share, does]) => (share === null ? [] : [`at ${percentOf(share)} % ${does}`]));
  const then = stages.length === 0 ? "nothing follows when that is used up" : stages.join(", ");
  const counts = reset ? " The count begins at nothing." : "";
  return `${whom} may use ${what.join(" and ")}; ${then}.${counts}`;
}
