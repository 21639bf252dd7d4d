/** How it ended, and whether the one who asked acted on it: in words, from what the gateway keeps. */
import type { Checkpoint } from "@signalbox/client/steering";
import { whoIs } from "./words.ts";

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

/** The sentence under a link to something that is not open. */
export function endedSentence(ended: Checkpoint): string {
  const { decision, decidedBy = "" } = ended;
  const means = decision === "approve" ? "approved" : "denied";
  switch (endingOf(ended)) {
    case "withdrawn":
      return "It was withdrawn before anybody decided: nothing is asked any more.";
    case "expired":
      return `Nobody decided in time: it counts as ${means}, as was said when it was asked.`;
    default:
      return `It was ${means} by ${whoIs(decidedBy)}.`;
  }
}
