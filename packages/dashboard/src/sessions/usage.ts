/** What was used, and what may be, in a few words. */
import type { Budget, Usage } from "@signalbox/core/reducers";
import { count, duration, percent } from "../components/figures.ts";

const dollars = (value: number): string => `$${value.toFixed(value < 1 ? 4 : 2)}`;

/** Undefined: nothing is known. */
export function usageWords({ inputTokens, outputTokens, costUsd, seconds }: Usage): string | undefined {
  const parts = [
    inputTokens + outputTokens > 0 ? `${count(inputTokens + outputTokens)} tokens` : "",
    costUsd > 0 ? dollars(costUsd) : "",
    seconds > 0 ? duration(seconds * 1_000) : "",
  ].filter((part) => part !== "");
  return parts.length === 0 ? undefined : parts.join(" · ");
}

export function budgetWords(budget: Budget | undefined): string | undefined {
  if (budget === undefined) return undefined;
  const { limits, used, state } = budget;
  const share = (limit: number | undefined, spent: number | undefined): string =>
    limit === undefined || limit === 0 || spent === undefined ? "" : ` (${percent((spent / limit) * 100)} used)`;
  const parts = [
    limits.costUsd === undefined ? "" : `${dollars(limits.costUsd)}${share(limits.costUsd, used?.costUsd)}`,
    limits.tokens === undefined ? "" : `${count(limits.tokens)} tokens${share(limits.tokens, used?.tokens)}`,
    limits.seconds === undefined ? "" : `${duration(limits.seconds * 1_000)}${share(limits.seconds, used?.seconds)}`,
    state === "within" ? "" : state,
  ].filter((part) => part !== "");
  return parts.length === 0 ? undefined : parts.join(" · ");
}
