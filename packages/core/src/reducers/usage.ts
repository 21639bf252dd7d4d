/** What was used, and what may be (§14). */
import { Fields, type FoldedEvent } from "./reducer.ts";

/** Totals of increments. */
export interface Usage {
  inputTokens: number;
  /** Of those, tokens read from a cache. */
  cachedInputTokens: number;
  outputTokens: number;
  costUsd: number;
  seconds: number;
}

export const nothingUsed: Usage = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, costUsd: 0, seconds: 0 };

const names = ["inputTokens", "cachedInputTokens", "outputTokens", "costUsd", "seconds"] as const;

/** `before` with one `agent_usage` more. */
export function usageAfter(before: Usage, data: Fields): Usage {
  const after = { ...before };
  for (const name of names) {
    const sum = before[name] + Math.max(0, data.number(name) ?? 0);
    // Beyond all numbers there is nothing to add to.
    if (Number.isFinite(sum)) after[name] = sum;
  }
  return after;
}

export interface Allowance {
  costUsd: number | undefined;
  tokens: number | undefined;
  seconds: number | undefined;
}

export interface Budget {
  limits: Allowance;
  /** As of the last share that was passed; undefined before the first. */
  used: Allowance | undefined;
  /** How far it came. */
  state: "within" | "warned" | "paused" | "cancelled";
  /** Milliseconds since 1970 of the last of these events. */
  updatedAt: number;
}

const stateAfter: ReadonlyMap<string, Budget["state"]> = new Map([
  ["budget_set", "within"],
  ["budget_warned", "warned"],
  ["budget_paused", "paused"],
  ["budget_cancelled", "cancelled"],
]);

/** The same budget if the event is about something else. */
export function foldBudget(before: Budget | undefined, { type, data, timestamp }: FoldedEvent): Budget | undefined {
  const state = stateAfter.get(type);
  if (state === undefined) return before;
  const fields = new Fields(data);
  const limits = fields.inner("limits");
  const used = fields.inner("used");
  // A new limit goes on counting, unless it says otherwise.
  const counted = type === "budget_set" && fields.flag("reset") === true ? undefined : before?.used;
  return {
    limits: limits === undefined && before !== undefined ? before.limits : allowanceOf(limits),
    used: used === undefined ? counted : allowanceOf(used),
    state,
    updatedAt: timestamp,
  };
}

const allowanceOf = (fields = new Fields(undefined)): Allowance => ({
  costUsd: fields.number("costUsd"),
  tokens: fields.number("tokens"),
  seconds: fields.number("seconds"),
});
