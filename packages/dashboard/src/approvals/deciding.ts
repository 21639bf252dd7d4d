/** What became of this person's decisions, said as it is: sending, decided, somebody else's, refused. */
import type { Client } from "@signalbox/client";
import { type Decision, decide } from "@signalbox/client/steering";
import { type Cell, cell } from "../stores/readable.ts";

export type Outcome =
  | { phase: "sending"; decision: Decision["decision"] }
  /** `missing`: so many more people must approve. */
  | { phase: "decided"; decision: Decision["decision"]; missing: number }
  | { phase: "lost"; decision: string; decidedBy: string; decidedAt: number | undefined }
  | { phase: "refused"; message: string };

/** By checkpoint; of this page, since it was loaded. */
export const outcomes: Cell<ReadonlyMap<string, Outcome>> = cell<ReadonlyMap<string, Outcome>>(new Map());

const outcomesKept = 200;

const set = (id: string, outcome: Outcome): void =>
  outcomes.set(new Map([...outcomes.snapshot(), [id, outcome] as const].slice(-outcomesKept)));

export async function decideHere(client: Client, id: string, decision: Decision): Promise<void> {
  set(id, { phase: "sending", decision: decision.decision });
  try {
    const { state, approvals, approvedBy } = await decide(client, id, decision);
    set(id, {
      phase: "decided",
      decision: decision.decision,
      missing: state === "open" ? approvals - approvedBy.length : 0,
    });
  } catch (error) {
    set(id, outcomeOf(error));
  }
}

/** Of a decision that was not taken. */
export function outcomeOf(error: unknown): Outcome {
  const { name, message, details = {} } = problemOf(error);
  if (name !== "already_decided") return { phase: "refused", message };
  const { decision, decidedBy, decidedAt } = details;
  return {
    phase: "lost",
    decision: String(decision),
    decidedBy: String(decidedBy),
    decidedAt: typeof decidedAt === "number" ? decidedAt : undefined,
  };
}

interface Told {
  name: string;
  message: string;
  details?: Readonly<Record<string, unknown>> | undefined;
}

function problemOf(error: unknown): Told {
  if (!(error instanceof Error)) return { name: "", message: String(error) };
  const { name, message } = error;
  const details = "details" in error && typeof error.details === "object" ? { ...error.details } : undefined;
  const help = "help" in error && typeof error.help === "string" ? ` ${error.help}` : "";
  return { name, message: message + help, details };
}
