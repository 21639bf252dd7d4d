/** The life of a checkpoint (§11): open → decided | expired | withdrawn, and then, once, applied. */
import { isLargerThan, partBytes } from "./bytes.ts";
import { canonicalJson } from "./canonical.ts";
import { isoMs } from "./iso-time.ts";
import { faultIn, readSchema } from "./json-schema.ts";
import {
  pick,
  refuse,
  type Step,
  type StepFacts,
  type Stepped,
  type StepRefused,
  textOf,
  without,
  wrong,
} from "./step.ts";

export type Decision = "approve" | "deny";

export interface Checkpoint {
  checkpointId: string;
  channel: string;
  state: "open" | "decided" | "expired" | "withdrawn";
  checkpointData: unknown;
  /** `sha256:` and the hex SHA-256 of checkpointData in canonical JSON. */
  payloadHash: string;
  requestedBy: string;
  /** Milliseconds since 1970, as all times here. */
  requestedAt: number;
  deadline: number;
  default: Decision;
  /** People who must approve. */
  approvals: number;
  /** Who has approved so far. */
  approvedBy: readonly string[];
  roles?: readonly string[];
  notRequester?: true;
  answerSchema?: unknown;
  executionId?: unknown;
  stepId?: unknown;
  agentId?: unknown;
  title?: unknown;
  risk?: unknown;
  /** What stands: also the default of an expired one. */
  decision?: Decision;
  decidedBy?: string;
  decidedAt?: number;
  answer?: unknown;
  reason?: string;
  withdrawnBy?: string;
  applied?: { at: number; outcome?: unknown };
}

export interface CheckpointFacts extends StepFacts {
  checkpointId: string;
}

const defaultDeadlineMs = 86_400_000;
const longestDeadlineMs = 30 * 86_400_000;
const reasonLength = 2_000;
/** Who decides when nobody did. */
const byDeadline = "gateway:deadline";

export const checkpointIsOpen = ({ state }: Checkpoint): boolean => state === "open";

export function stepCheckpoint(
  before: Checkpoint | undefined,
  step: Step,
  facts: CheckpointFacts,
): Stepped<Checkpoint> {
  if (step.type === "checkpoint_required") return require(before, step, facts);
  if (before === undefined || before.channel !== facts.channel) {
    return refuse("not_found", "there is no such checkpoint");
  }
  return change[step.type]?.(before, step.data, facts) ?? refuse("forbidden", `only the gateway makes ${step.type}`);
}

function require(before: Checkpoint | undefined, { type, data }: Step, facts: CheckpointFacts): Stepped<Checkpoint> {
  const { checkpointId, channel, by, nowMs } = facts;
  const { checkpointData } = data;
  if (isLargerThan(checkpointData, partBytes)) return tooBig("what is to be decided has");
  const payloadHash = `sha256:${facts.sha256(canonicalJson(checkpointData ?? null))}`;
  if (before !== undefined) {
    const same = before.channel === channel && before.requestedBy === by && before.payloadHash === payloadHash;
    return same ? { did: "repeat" } : refuse("already_exists", "another checkpoint has this id", { checkpointId });
  }
  const deadline = deadlineOf(data.deadline, nowMs);
  if (typeof deadline !== "number") return deadline;
  if (data.answerSchema !== undefined) {
    const read = readSchema(data.answerSchema, "/data/answerSchema");
    if (!read.ok) return wrong(read.fault.path, read.fault.rule);
  }
  const stamped = { checkpointId, payloadHash, requestedBy: by, deadline, default: decisionOf(data.default) ?? "deny" };
  const roles = Array.isArray(data.roles) ? data.roles.map(String) : [];
  return {
    did: "change",
    type,
    data: { ...data, ...stamped },
    next: {
      ...{ ...stamped, channel, state: "open", checkpointData, requestedAt: nowMs, approvedBy: [] },
      approvals: typeof data.approvals === "number" ? data.approvals : 1,
      ...(roles.length === 0 ? {} : { roles }),
      ...(data.notRequester === true ? { notRequester: true } : {}),
      ...pick(data, ["answerSchema", "executionId", "stepId", "agentId", "title", "risk"]),
    },
  };
}

function deadlineOf(given: unknown, nowMs: number): number | StepRefused {
  if (given === undefined) return nowMs + defaultDeadlineMs;
  const ms = typeof given === "number" ? given : isoMs(String(given));
  if (ms === undefined)
    return wrong("/data/deadline", "must be milliseconds since 1970 or an ISO 8601 text with a zone");
  if (ms > nowMs + longestDeadlineMs) return wrong("/data/deadline", "must be at most 30 days from now");
  return Math.round(ms);
}

type Change = (before: Checkpoint, data: Step["data"], facts: CheckpointFacts) => Stepped<Checkpoint>;

const change: Readonly<Record<string, Change>> = {
  checkpoint_decided: (before, data, facts) =>
    over(before, facts) ?? barred(before, data, facts) ?? decide(before, data, facts),

  checkpoint_expired: (before, _data, { nowMs }) => {
    if (before.state !== "open" || nowMs < before.deadline) return wrongState(before);
    const stands = { decision: before.default, decidedBy: byDeadline, decidedAt: before.deadline };
    // An answer that too few people approved is none.
    const { answer: _answer, ...rest } = before;
    return changed("checkpoint_expired", { default: before.default }, { ...rest, ...stands, state: "expired" });
  },

  checkpoint_withdrawn: (before, data, facts) => {
    const { by, rights, nowMs, channel } = facts;
    if (by !== before.requestedBy && !rights.may("approve", channel)) {
      return refuse("forbidden", "who asked may withdraw this, or who may approve it");
    }
    if (before.state !== "open" || nowMs >= before.deadline) return over(before, facts) ?? wrongState(before);
    const reason = reasonIn(data);
    const next: Checkpoint = { ...before, ...reason, state: "withdrawn", withdrawnBy: by, decidedAt: nowMs };
    return changed("checkpoint_withdrawn", { ...data, withdrawnBy: by }, next);
  },

  checkpoint_applied: (before, data, { by, nowMs }) => {
    if (by !== before.requestedBy) return refuse("forbidden", "only who asked can say that it acted");
    if (before.decision === undefined || before.applied !== undefined) return wrongState(before);
    if (decisionOf(data.decision) !== before.decision) {
      return refuse("wrong_state", `the decision that stands is ${before.decision}`, standing(before));
    }
    if (isLargerThan(data.outcome, partBytes)) return tooBig("an outcome has");
    return changed("checkpoint_applied", data, { ...before, applied: { at: nowMs, ...pick(data, ["outcome"]) } });
  },
};

/** Why nothing can be decided any more. */
function over(before: Checkpoint, { nowMs }: CheckpointFacts): StepRefused | undefined {
  if (before.state === "withdrawn") return wrongState(before);
  if (before.state === "open" && nowMs < before.deadline) return undefined;
  const details =
    before.state === "open"
      ? { decision: before.default, decidedBy: byDeadline, decidedAt: before.deadline }
      : standing(before);
  return refuse("already_decided", `${details.decision} by ${details.decidedBy} stands`, details);
}

/** Why this person cannot decide it, or not in this way. */
function barred(
  before: Checkpoint,
  data: Step["data"],
  { by, roles, nowMs: _now }: CheckpointFacts,
): StepRefused | undefined {
  if (before.roles !== undefined && !before.roles.some((role) => roles.includes(role))) {
    return refuse("forbidden", `this takes one of the roles ${before.roles.join(", ")}`, { roles: before.roles });
  }
  if (before.notRequester && by === before.requestedBy) return refuse("forbidden", "who asked may not decide this");
  const seen = textOf(data, "payloadHash");
  if (seen !== undefined && seen !== before.payloadHash) {
    const { payloadHash } = before;
    return refuse("payload_changed", "what was decided is not what waits for a decision", { payloadHash });
  }
  return data.answer === undefined ? undefined : answerFault(before, data.answer);
}

function answerFault(before: Checkpoint, answer: unknown): StepRefused | undefined {
  if (before.answerSchema === undefined) return wrong("/data/answer", "is not asked for");
  if (isLargerThan(answer, partBytes)) return tooBig("an answer has");
  const read = readSchema(before.answerSchema, "");
  const fault = faultIn(read.ok ? read.schema : false, answer, "/data/answer");
  return fault && wrong(fault.path, fault.rule);
}

function decide(before: Checkpoint, data: Step["data"], { by, nowMs }: CheckpointFacts): Stepped<Checkpoint> {
  const { approvals: needed, approvedBy } = before;
  const decision = decisionOf(data.decision) ?? "deny";
  const kept = without(data, ["decidedBy", "decidedAt", "approvals"]);
  const answer = pick(data, ["answer"]);
  if (decision === "approve" && needed > 1) {
    if (approvedBy.includes(by))
      return refuse("wrong_state", "you approved it already", { state: "open", approvedBy, needed });
    if (approvedBy.length > 0 && canonicalJson(answer) !== canonicalJson(pick({ ...before }, ["answer"]))) {
      return wrong("/data/answer", "must be the answer that was approved before");
    }
  }
  const all = decision === "approve" ? [...approvedBy, by] : approvedBy;
  if (decision === "approve" && all.length < needed) {
    const { decision: _decision, ...rest } = kept;
    const said = { ...rest, approvedBy: by, approvals: all.length, needed };
    return changed("checkpoint_approved", said, { ...before, ...answer, approvedBy: all });
  }
  // A denial takes nothing over from those who approved.
  const { answer: _answer, ...rest } = before;
  const stands = { decision, decidedBy: by, decidedAt: nowMs };
  const next: Checkpoint = { ...rest, ...answer, ...reasonIn(data), ...stands, state: "decided", approvedBy: all };
  const said = { ...kept, ...stands, payloadHash: before.payloadHash };
  return changed("checkpoint_decided", needed > 1 ? { ...said, approvals: all.length } : said, next);
}

const standing = ({ decision, decidedBy, decidedAt }: Checkpoint) => ({ decision, decidedBy, decidedAt });

const wrongState = (before: Checkpoint): StepRefused => {
  const { checkpointId, state, applied } = before;
  const what = applied === undefined ? state : `${state} and applied`;
  return refuse("wrong_state", `the checkpoint is ${what}`, { checkpointId, state, applied: applied !== undefined });
};

const decisionOf = (value: unknown): Decision | undefined =>
  value === "approve" || value === "deny" ? value : undefined;

const reasonIn = (data: Step["data"]): { reason?: string } => {
  const reason = textOf(data, "reason");
  return reason === undefined ? {} : { reason: reason.slice(0, reasonLength) };
};

/** Every step names its checkpoint and execution, whatever its sender left out. */
const changed = (type: string, data: Step["data"], next: Checkpoint): Stepped<Checkpoint> => {
  const about = { checkpointId: next.checkpointId, ...pick({ ...next }, ["executionId"]) };
  return { did: "change", type, data: { ...without(data, ["checkpointId", "executionId"]), ...about }, next };
};

const tooBig = (what: string): StepRefused =>
  refuse("payload_too_big", `${what} at most 64 KiB`, { limitBytes: partBytes });
