/** What became of this person's decisions, said as it is: sending, decided, somebody else's, refused. */
import type { Client } from "@signalbox/client";
import { type Checkpoint, type Decision, decide } from "@signalbox/client/steering";
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

/** Of exactly what was looked at: another payload under the same id is refused. */
export async function decideHere(client: Client, asked: Checkpoint, given: Decision): Promise<void> {
  const { checkpointId: id, payloadHash } = asked;
  const { decision } = given;
  set(id, { phase: "sending", decision });
  try {
    const answer = await answerBefore(client, asked, given);
    const { state, approvals, approvedBy } = await decide(client, id, { ...given, ...answer, payloadHash });
    set(id, { phase: "decided", decision, missing: state === "open" ? approvals - approvedBy.length : 0 });
  } catch (error) {
    set(id, outcomeOf(error));
  }
}

/** All who approve approve the same answer: the first one's, which lists do not have. */
async function answerBefore(client: Client, asked: Checkpoint, given: Decision): Promise<{ answer?: unknown }> {
  const { checkpointId, approvedBy, answerSchema } = asked;
  if (given.decision === "deny" || approvedBy.length === 0 || answerSchema === undefined) return {};
  const { answer } = await client.request<Checkpoint>(`/v1/checkpoints/${checkpointId}`);
  return answer === undefined ? {} : { answer };
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
