import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Checkpoint, type CheckpointFacts, stepCheckpoint } from "../../src/steering/checkpoint.ts";
import { facts } from "./facts.ts";

const channel = "execution:e1";
const asker = { by: "agent:coder" };

const take = (
  before: Checkpoint | undefined,
  type: string,
  data: Record<string, unknown> = {},
  more: Partial<CheckpointFacts> = {},
) =>
  stepCheckpoint(
    before,
    { type: `checkpoint_${type}`, data: { checkpointId: "x1", ...data } },
    facts({ channel, ...more }),
  );

const changedBy = (
  before: Checkpoint | undefined,
  type: string,
  data: Record<string, unknown> = {},
  more: Partial<CheckpointFacts> = {},
) => {
  const stepped = take(before, type, data, more);
  if (stepped.did !== "change") throw new Error(JSON.stringify(stepped));
  return stepped;
};

const askFor = (data: Record<string, unknown> = {}): Checkpoint =>
  changedBy(undefined, "required", { executionId: "e1", checkpointData: { n: 1 }, ...data }, asker).next;

const open = askFor();
const late = { nowMs: open.deadline };
const decided = changedBy(open, "decided", { decision: "approve" }).next;
const expired = changedBy(open, "expired", {}, late).next;

const states = {
  open,
  decided,
  expired,
  withdrawn: changedBy(open, "withdrawn").next,
  applied: changedBy(decided, "applied", { decision: "approve" }, asker).next,
};

type Name = keyof typeof states;
const types = ["decided", "expired", "withdrawn", "applied", "approved"] as const;
type Table = Record<Name, Record<(typeof types)[number], string>>;

/** What becomes of each step in time: a state, or the error. `applied` says deny, which only stands at the deadline. */
const inTime: Table = {
  open: {
    decided: "decided",
    expired: "wrong_state",
    withdrawn: "withdrawn",
    applied: "wrong_state",
    approved: "forbidden",
  },
  decided: {
    ...{ decided: "already_decided", expired: "wrong_state", withdrawn: "already_decided", applied: "wrong_state" },
    approved: "forbidden",
  },
  expired: {
    ...{ decided: "already_decided", expired: "wrong_state", withdrawn: "already_decided", applied: "expired" },
    approved: "forbidden",
  },
  withdrawn: {
    ...{ decided: "wrong_state", expired: "wrong_state", withdrawn: "wrong_state", applied: "wrong_state" },
    approved: "forbidden",
  },
  applied: {
    ...{ decided: "already_decided", expired: "wrong_state", withdrawn: "already_decided", applied: "wrong_state" },
    approved: "forbidden",
  },
};
const tooLate: Table = { ...inTime, open: { ...inTime.decided, expired: "expired" } };

describe.each([
  ["in time", {}, inTime],
  ["after the deadline", late, tooLate],
] as const)("§11 every state and every step, %s", (_when, more, table) => {
  const all = (Object.keys(states) as Name[]).flatMap((state) => types.map((type) => ({ state, type })));
  test.each(all)("$state, checkpoint_$type", ({ state, type }) => {
    const stepped = take(states[state], type, { decision: "deny" }, { ...more, ...(type === "applied" ? asker : {}) });
    expect(
      stepped.did === "change" ? stepped.next.state : stepped.did === "refuse" ? stepped.failed : stepped.did,
    ).toBe(table[state][type]);
  });
});

test("§11.1 who asks, the hash, the deadline and the default are stamped", () => {
  const forged = {
    requestedBy: "user:eve",
    payloadHash: "sha256:00",
    executionId: "e1",
    checkpointData: { b: 1, a: [] },
  };
  const { data, next } = changedBy(undefined, "required", forged, asker);
  const payloadHash = `sha256:${facts().sha256('{"a":[],"b":1}')}`;
  expect(data).toMatchObject({ checkpointId: "x1", requestedBy: "agent:coder", payloadHash, default: "deny" });
  expect(next).toMatchObject({ deadline: 1_000_000 + 86_400_000, payloadHash, state: "open", approvals: 1 });
});

test("§11.1 the same question again is the same checkpoint, whatever became of it; another is refused", () => {
  for (const state of Object.values(states)) {
    const again = (data: unknown, more = asker) =>
      take(state, "required", { executionId: "e1", checkpointData: data }, more);
    expect(again({ n: 1 })).toEqual({ did: "repeat" });
    expect(again({ n: 2 })).toMatchObject({ failed: "already_exists" });
    expect(again({ n: 1 }, { by: "agent:other" })).toMatchObject({ failed: "already_exists" });
  }
});

test("§11.1 limits: 30 days, 64 KiB, a schema that can be used", () => {
  const asked = (data: Record<string, unknown>) => take(undefined, "required", { checkpointData: {}, ...data }, asker);
  expect(asked({ deadline: 1_000_000 + 30 * 86_400_000 + 1 })).toMatchObject({ details: { path: "/data/deadline" } });
  expect(asked({ deadline: "tomorrow" })).toMatchObject({ details: { path: "/data/deadline" } });
  expect(asked({ deadline: "1970-01-01T01:00:00Z" })).toMatchObject({ next: { deadline: 3_600_000 } });
  expect(asked({ checkpointData: "x".repeat(70_000) })).toMatchObject({ failed: "payload_too_big" });
  expect(asked({ answerSchema: { pattern: "x" } })).toMatchObject({ details: { path: "/data/answerSchema/pattern" } });
});

test("§11.2 later ones are told who decided what, and when", () => {
  const details = { decision: "approve", decidedBy: "user:ada", decidedAt: 1_000_000 };
  expect(take(decided, "decided", { decision: "deny" }, { by: "user:bob" })).toMatchObject({
    failed: "already_decided",
    details,
  });
  const byDefault = { decision: "deny", decidedBy: "gateway:deadline", decidedAt: open.deadline };
  for (const state of [open, expired]) {
    expect(take(state, "decided", { decision: "approve" }, late)).toMatchObject({
      failed: "already_decided",
      details: byDefault,
    });
  }
});

test("§11.2 roles, the asker, the payload and the answer", () => {
  const decide = (state: Checkpoint, data: Record<string, unknown> = {}, more: Partial<CheckpointFacts> = {}) =>
    take(state, "decided", { decision: "approve", ...data }, more);
  expect(decide(askFor({ roles: ["admin"] }))).toMatchObject({ failed: "forbidden" });
  expect(decide(askFor({ roles: ["admin", "operator"] }))).toMatchObject({ did: "change" });
  expect(decide(askFor({ notRequester: true }), {}, asker)).toMatchObject({ failed: "forbidden" });
  expect(decide(open, {}, asker)).toMatchObject({ did: "change" });
  expect(decide(open, { payloadHash: "sha256:00" })).toMatchObject({ failed: "payload_changed" });
  expect(decide(open, { payloadHash: open.payloadHash })).toMatchObject({ did: "change" });
  expect(decide(open, { answer: 1 })).toMatchObject({ failed: "invalid_message" });
  const answerable = askFor({ answerSchema: { type: "object", required: ["n"] } });
  expect(decide(answerable, { answer: {} })).toMatchObject({ details: { path: "/data/answer/n" } });
  expect(decide(answerable, { answer: { n: 2 } })).toMatchObject({ next: { answer: { n: 2 } } });
  expect(decide(open, { decidedBy: "user:eve", decidedAt: 1 })).toMatchObject({
    data: { decidedBy: "user:ada", decidedAt: 1_000_000, executionId: "e1" },
  });
});

test("§11.2 two must approve: the first is kept as an approval, the second decides, one denial does too", () => {
  const asked = askFor({ approvals: 2, answerSchema: { type: "number" } });
  const first = changedBy(asked, "decided", { decision: "approve", answer: 1 });
  expect(first).toMatchObject({
    type: "checkpoint_approved",
    data: { approvedBy: "user:ada", approvals: 1, needed: 2 },
  });
  expect(first.data).not.toHaveProperty("decision");
  const approve = (by: string, answer?: unknown) =>
    take(first.next, "decided", { decision: "approve", ...(answer === undefined ? {} : { answer }) }, { by });
  expect(approve("user:ada", 1)).toMatchObject({ failed: "wrong_state" });
  expect(approve("user:bob", 2)).toMatchObject({ failed: "invalid_message" });
  expect(approve("user:bob")).toMatchObject({ failed: "invalid_message" });
  expect(approve("user:bob", 1)).toMatchObject({
    type: "checkpoint_decided",
    data: { decidedBy: "user:bob", approvals: 2 },
    next: { state: "decided", decision: "approve", answer: 1, approvedBy: ["user:ada", "user:bob"] },
  });
  const denied = changedBy(first.next, "decided", { decision: "deny" }, { by: "user:bob" });
  expect(denied.next).toMatchObject({ state: "decided", decision: "deny" });
  expect(denied.next).not.toHaveProperty("answer");
  expect(changedBy(first.next, "expired", {}, late).next).not.toHaveProperty("answer");
});

test("§11.3 who asked may withdraw, and who may approve; nobody else", () => {
  const nobody = facts({}, [{ channels: "*", verbs: ["publish"] }]).rights;
  const approver = facts({}, [{ channels: "*", verbs: ["approve"] }]).rights;
  expect(take(open, "withdrawn", {}, { ...asker, rights: nobody })).toMatchObject({
    data: { withdrawnBy: "agent:coder" },
  });
  expect(take(open, "withdrawn", {}, { by: "user:eve", rights: nobody })).toMatchObject({ failed: "forbidden" });
  expect(take(open, "withdrawn", {}, { by: "user:ada", rights: approver })).toMatchObject({ did: "change" });
});

test("§11.4 only the asker says that it acted, once, and as was decided", () => {
  expect(take(decided, "applied", { decision: "approve" })).toMatchObject({ failed: "forbidden" });
  expect(take(decided, "applied", { decision: "deny" }, asker)).toMatchObject({ failed: "wrong_state" });
  expect(take(states.applied, "applied", { decision: "approve" }, asker)).toMatchObject({ failed: "wrong_state" });
  expect(take(expired, "applied", { decision: "deny", outcome: 1 }, asker)).toMatchObject({
    next: { applied: { outcome: 1 } },
  });
});

test("§11 no sequence of steps leaves the rules: one decision, and it stays", () => {
  const step = fc.record({
    type: fc.constantFrom(...types),
    by: fc.constantFrom("user:ada", "user:bob", "user:cy", "agent:coder"),
    decision: fc.constantFrom("approve", "deny"),
    waitMs: fc.oneof(fc.nat(1_000), fc.nat(40_000_000)),
  });
  const asked = fc.record({
    approvals: fc.integer({ min: 1, max: 3 }),
    notRequester: fc.boolean(),
    default: fc.constantFrom("approve", "deny"),
  });
  fc.assert(
    fc.property(asked, fc.array(step, { maxLength: 30 }), (question, steps) => {
      let state = askFor(question);
      let nowMs = 1_000_000;
      let ends = 0;
      let applied = 0;
      for (const { type, by, decision, waitMs } of steps) {
        nowMs += waitMs;
        const before = state;
        const stepped = take(state, type, { decision }, { by, nowMs });
        if (stepped.did !== "change") continue;
        state = stepped.next;
        if (before.state !== state.state) ends++;
        if (type === "applied") applied++;
        // What was decided never changes, and nobody decides after the deadline.
        if (before.state !== "open")
          expect({ ...state, applied: undefined }).toEqual({ ...before, applied: undefined });
        if (state.state === "decided" && before.state === "open") {
          expect(nowMs).toBeLessThan(state.deadline);
          if (state.decision === "approve") expect(new Set(state.approvedBy).size).toBe(question.approvals);
          if (question.notRequester) expect([...state.approvedBy, state.decidedBy]).not.toContain("agent:coder");
        }
        if (state.state === "expired") expect(state.decision).toBe(question.default);
        if (state.state === "withdrawn") expect(state.decision).toBeUndefined();
      }
      expect(ends).toBeLessThanOrEqual(1);
      expect(applied).toBeLessThanOrEqual(1);
    }),
    { numRuns: 500 },
  );
});
