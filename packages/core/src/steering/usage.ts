/** What an `agent_usage` adds to the counts of budgets (§14.1): whole numbers, so that no order of adding changes a sum. */
import { isChannel } from "@signalbox/protocol";
import type { Addition } from "../ports.ts";

export interface Used {
  /** US dollars. */
  costUsd: number;
  tokens: number;
  seconds: number;
}

export type Measure = keyof Used;

/** In the order of the counts: how many of what is counted make one. */
export const measures: ReadonlyArray<readonly [Measure, number]> = [
  ["costUsd", 1_000_000_000],
  ["tokens", 1],
  ["seconds", 1_000_000],
];

export const noCounts: readonly number[] = measures.map(() => 0);

/** The key of a scope's budget. */
export const budgetKey = (scope: string): string => `budget/${scope}`;

/** Counts as people read them. */
export function usedIn(counts: readonly number[]): Used {
  const used: Used = { costUsd: 0, tokens: 0, seconds: 0 };
  for (const [index, [measure, unit]] of measures.entries()) used[measure] = (counts[index] ?? 0) / unit;
  return used;
}

/**
 * The budgets that the usage counts for: its agent's, its session's, and the fleet's. Only in its agent's own channel: who
 * may publish there may say what that agent used.
 */
export function usageAdditions(channel: string, data: unknown): readonly Addition[] | undefined {
  const about = new Map<string, unknown>(Object.entries(Object(data)));
  const agentId = about.get("agentId");
  if (typeof agentId !== "string" || channel !== `agent:${agentId}`) return undefined;
  const given = [
    numberOf(about.get("costUsd")),
    numberOf(about.get("inputTokens")) + numberOf(about.get("outputTokens")),
    numberOf(about.get("seconds")),
  ];
  const amounts = measures.map(([, unit], index) =>
    Math.min(Number.MAX_SAFE_INTEGER, Math.round((given[index] ?? 0) * unit)),
  );
  if (amounts.every((amount) => amount === 0)) return undefined;
  const session = `session:${about.get("sessionId")}`;
  const scopes = about.has("sessionId") && isChannel(session) ? [channel, session, "global"] : [channel, "global"];
  return scopes.map((scope) => ({ key: budgetKey(scope), amounts }));
}

const numberOf = (value: unknown): number => (typeof value === "number" && value > 0 ? value : 0);
