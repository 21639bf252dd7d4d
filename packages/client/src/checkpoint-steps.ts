/** What agents ask people: the shapes, and how each step changes them (spec §11). */
import type { Publication } from "@signalbox/protocol";
import { dataOf } from "./decode.ts";

/** What an agent asks people. Times are milliseconds since 1970. */
export interface Checkpoint {
  checkpointId: string;
  channel: string;
  state: "open" | "decided" | "expired" | "withdrawn";
  title?: string;
  risk?: string;
  checkpointData: unknown;
  /** Of checkpointData: name it in the decision, so that nothing else can be approved by it. */
  payloadHash: string;
  requestedBy: string;
  requestedAt: number;
  deadline: number;
  /** What applies then. */
  default: "approve" | "deny";
  /** People who must approve, and those who did. */
  approvals: number;
  approvedBy: readonly string[];
  roles?: readonly string[];
  notRequester?: boolean;
  /** JSON Schema of an edited answer; without one there is none. */
  answerSchema?: unknown;
  executionId?: string;
  stepId?: string;
  agentId?: string;
  decision?: "approve" | "deny" | undefined;
  decidedBy?: string | undefined;
  decidedAt?: number | undefined;
  answer?: unknown;
  reason?: string | undefined;
  applied?: unknown;
}

export interface Decision {
  decision: "approve" | "deny";
  /** Fits the checkpoint's answerSchema. */
  answer?: unknown;
  reason?: string;
  /** Of what was looked at: if another payload waits, the decision is refused. */
  payloadHash?: string;
}

export const checkpointTypes = ["required", "approved", "decided", "expired", "withdrawn"].map(
  (step) => `checkpoint_${step}`,
);

/** What a step makes of a checkpoint; `undefined` of one that nobody knows. */
export function checkpointAfter(row: Checkpoint | undefined, event: Publication): Checkpoint | undefined {
  const { type, channel, timestamp } = event;
  if (type === "checkpoint_required") {
    const asked = dataOf<Checkpoint>(event);
    const { approvals = 1 } = dataOf<{ approvals?: number }>(event);
    return row ?? { ...asked, approvals, channel, state: "open", approvedBy: [], requestedAt: timestamp };
  }
  if (!row) return row;
  if (type === "checkpoint_approved") {
    const { approvedBy } = dataOf<{ approvedBy: string }>(event);
    return { ...row, approvedBy: [...new Set([...row.approvedBy, approvedBy])] };
  }
  if (type === "checkpoint_decided") {
    const { decision, decidedBy, decidedAt, answer, reason } = dataOf<Checkpoint>(event);
    return { ...row, state: "decided", decision, decidedBy, decidedAt, answer, reason };
  }
  if (type === "checkpoint_withdrawn") return { ...row, state: "withdrawn", decidedAt: timestamp };
  const { default: decision, deadline: decidedAt } = row;
  return { ...row, state: "expired", decision, decidedBy: "gateway:deadline", decidedAt };
}
