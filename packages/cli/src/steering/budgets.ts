/** Budgets as the gateway tells them, and as people read them. */
import type { Colours } from "../io.ts";
import { ago, counted } from "../text/describe.ts";
import { sanitised } from "../text/sanitise.ts";

export interface Used {
  costUsd?: number;
  tokens?: number;
  seconds?: number;
}

interface ReachedRow {
  at: number;
  used: Used;
  given?: number;
  counts?: Record<string, number>;
  commands?: Array<{ target: string; state: string; error?: string }>;
}

export interface BudgetRow {
  scope: string;
  state: string;
  limits: Used;
  used: Used;
  shares: Used;
  warnAt: number | null;
  pauseAt: number | null;
  cancelAt: number | null;
  setBy: string;
  setAt: number;
  warned?: ReachedRow;
  paused?: ReachedRow;
  cancelled?: ReachedRow;
}

const amounts: ReadonlyArray<readonly [keyof Used, (amount: number) => string]> = [
  ["costUsd", (amount) => `$${amount.toLocaleString("en-US", { maximumFractionDigits: 4 })}`],
  ["tokens", (amount) => counted(amount, "token")],
  ["seconds", (amount) => `${amount.toLocaleString("en-US", { maximumFractionDigits: 1 })} s`],
];

/** Commands that are named of one stage: the others are counted. */
const namedAtMost = 20;

export function describeBudget(row: BudgetRow, nowMs: number, paint: Colours): string {
  const { scope, state, limits, used, shares, setBy, setAt } = row;
  const uses = amounts.flatMap(([measure, told]) => {
    const limit = limits[measure];
    const share = Math.round(100 * (shares[measure] ?? 0));
    return limit === undefined ? [] : [`${told(used[measure] ?? 0)} of ${told(limit)} (${share} %)`];
  });
  const shown = uses.length === 0 ? "no limits" : uses.join(", ");
  const head = `${paint.cyan(scope)}  ${painted(state, paint)}  ${shown}  set ${ago(nowMs - setAt)} by ${sanitised(setBy)}`;
  const stages = (["warned", "paused", "cancelled"] as const).flatMap((stage) => {
    const reached = row[stage];
    return reached === undefined ? [] : [`    ${stage} ${ago(nowMs - reached.at)}${receiptOf(reached)}`];
  });
  return [head, ...stages].join("\n");
}

function receiptOf({ given, counts, commands }: ReachedRow): string {
  if (given === undefined) return "";
  const states = Object.entries(counts ?? {}).map(([state, count]) => `${count} ${sanitised(state)}`);
  const head = `, ${counted(given, "agent")} told${states.length === 0 ? "" : `: ${states.join(", ")}`}`;
  const others = (commands ?? []).filter(({ state }) => state !== "done").slice(0, namedAtMost);
  return [
    head,
    ...others.map(({ target, state, error }) => `        ${target}  ${state}${error ? `: ${sanitised(error)}` : ""}`),
  ].join("\n");
}

const painted = (state: string, paint: Colours): string => {
  if (state === "open") return paint.green(state);
  return state === "cancelled" ? paint.red(state) : paint.yellow(state);
};
