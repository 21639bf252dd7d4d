/** How it ended, and whether the one who asked acted on it: in words, from what the gateway keeps. */
import type { Checkpoint } from "@signalbox/client/steering";

export interface Applied {
  /** Milliseconds since 1970. */
  at: number;
  outcome?: unknown;
}

export function appliedOf({ applied }: Pick<Checkpoint, "applied">): Applied | undefined {
  if (typeof applied !== "object" || applied === null || !("at" in applied)) return undefined;
  const { at } = applied;
  if (typeof at !== "number") return undefined;
  return { at, ...("outcome" in applied && { outcome: applied.outcome }) };
}

export type Ending = "approved" | "denied" | "withdrawn" | "expired";

export function endingOf({ state, decision }: Pick<Checkpoint, "state" | "decision">): Ending {
  if (state === "withdrawn" || state === "expired") return state;
  return decision === "approve" ? "approved" : "denied";
}

export const endingWord: Readonly<Record<Ending, string>> = {
  ...{ approved: "Approved", denied: "Denied", withdrawn: "Withdrawn", expired: "Expired" },
};

/** What is not said by who decided it. */
export function endedSentence(ended: Pick<Checkpoint, "state" | "decision">): string | undefined {
  const ending = endingOf(ended);
  if (ending === "withdrawn") return "It was withdrawn before anybody decided: nothing is asked any more.";
  if (ending !== "expired") return undefined;
  const means = ended.decision === "approve" ? "approved" : "denied";
  return `Nobody decided in time: it counts as ${means}, as was said when it was asked.`;
}
