import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Command,
  type CommandFacts,
  type CommandStateName,
  commandIsOpen,
  stepCommand,
} from "../../src/steering/command.ts";
import { stepDeclaration } from "../../src/steering/declaration.ts";
import { facts } from "./facts.ts";

const take = (
  before: Command | undefined,
  type: string,
  data: Record<string, unknown> = {},
  more: Partial<CommandFacts> = {},
) => stepCommand(before, { type, data: { commandId: "x1", ...data } }, facts(more));

const changedBy = (
  before: Command | undefined,
  type: string,
  data: Record<string, unknown> = {},
  more: Partial<CommandFacts> = {},
) => {
  const stepped = take(before, type, data, more);
  if (stepped.did !== "change") throw new Error(JSON.stringify(stepped));
  return stepped;
};

const queuedData = { target: "agent:a", name: "pause", args: { a: 1 } };
const queued = changedBy(undefined, "command_queued", queuedData).next;
const delivered = changedBy(queued, "command_delivered").next;
const started = changedBy(delivered, "command_started").next;
const late = { nowMs: queued.expiresAt };

const states: Record<CommandStateName, Command> = {
  queued,
  delivered,
  started,
  done: changedBy(started, "command_done", { result: 1 }).next,
  failed: changedBy(started, "command_failed", { error: "no" }).next,
  expired: changedBy(queued, "command_expired", {}, late).next,
  cancelled: changedBy(queued, "command_cancelled").next,
};

const types = ["delivered", "started", "progress", "done", "failed", "cancelled", "expired"] as const;

/** Where each step leads, before the command's time is up; a missing one is refused. */
const after: Record<CommandStateName, Partial<Record<(typeof types)[number], CommandStateName>>> = {
  queued: { delivered: "delivered", started: "started", failed: "failed", cancelled: "cancelled" },
  delivered: { delivered: "delivered", started: "started", failed: "failed", cancelled: "cancelled" },
  started: { progress: "started", done: "done", failed: "failed" },
  done: {},
  failed: {},
  expired: {},
  cancelled: {},
};
/** And from that time on. */
const afterLate: typeof after = {
  queued: { expired: "expired" },
  delivered: { expired: "expired" },
  started: after.started,
  done: {},
  failed: {},
  expired: {},
  cancelled: {},
};

const names = Object.keys(states) as CommandStateName[];

describe.each([
  ["in time", {}, after],
  ["late", late, afterLate],
] as const)("§10.2 every state and every step, %s", (_when, more, table) => {
  test.each(names.flatMap((state) => types.map((type) => ({ state, type }))))(
    "$state, command_$type",
    ({ state, type }) => {
      const stepped = take(states[state], `command_${type}`, { error: "no", progress: 5 }, more);
      const to = table[state][type];
      if (to === undefined) expect(stepped).toMatchObject({ did: "refuse", failed: "wrong_state" });
      else {
        expect(stepped).toMatchObject({
          did: "change",
          type: `command_${type}`,
          data: { commandId: "x1", target: "agent:a" },
          next: { state: to },
        });
      }
    },
  );
});

test("§10.1 what its sender must not choose is stamped", () => {
  const forged = { ...queuedData, issuedBy: "user:eve", issuedAt: 1, expiresAt: 9e15, ttlMs: 5_000 };
  expect(changedBy(undefined, "command_queued", forged)).toMatchObject({
    data: { commandId: "x1", issuedBy: "user:ada", issuedAt: 1_000_000, expiresAt: 1_005_000 },
    next: { issuedBy: "user:ada", expiresAt: 1_005_000, state: "queued", attempts: 0 },
  });
  expect(changedBy(queued, "command_cancelled", { cancelledBy: "user:eve" }).data.cancelledBy).toBe("user:ada");
  expect(changedBy(delivered, "command_delivered", { attempt: 9 }).data.attempt).toBe(2);
});

test("§10.1 the same command again is the same; another of its id is refused", () => {
  expect(take(started, "command_queued", queuedData)).toEqual({ did: "repeat" });
  for (const other of [{ name: "stop" }, { args: { a: 2 } }]) {
    expect(take(queued, "command_queued", { ...queuedData, ...other })).toMatchObject({ failed: "already_exists" });
  }
  expect(take(queued, "command_queued", queuedData, { by: "user:eve" })).toMatchObject({ failed: "already_exists" });
});

test("§10.1 limits: seven days, 64 KiB, its own channel", () => {
  const give = (more: Record<string, unknown>) => take(undefined, "command_queued", { ...queuedData, ...more });
  expect(give({ ttlMs: 7 * 86_400_000 + 1 })).toMatchObject({ failed: "invalid_message" });
  expect(give({ args: "é".repeat(33_000) })).toMatchObject({ failed: "payload_too_big" });
  expect(give({ args: "é".repeat(30_000) })).toMatchObject({ did: "change" });
  expect(give({ target: "agent:b" })).toMatchObject({ failed: "invalid_message", details: { path: "/channel" } });
  expect(take(started, "command_done", { result: "x".repeat(70_000) })).toMatchObject({ failed: "payload_too_big" });
});

test("§10.1 a right may name commands, for giving and for taking back", () => {
  const only = facts({}, [{ channels: "agent:*", verbs: ["command"], commands: ["pause"] }]).rights;
  expect(take(undefined, "command_queued", queuedData, { rights: only })).toMatchObject({ did: "change" });
  const stop = { ...queuedData, name: "stop" };
  expect(take(undefined, "command_queued", stop, { rights: only })).toMatchObject({ failed: "forbidden" });
  const other = changedBy(undefined, "command_queued", stop).next;
  expect(take(other, "command_cancelled", {}, { rights: only })).toMatchObject({ failed: "forbidden" });
});

test("§10.4 who cannot see a command and may give only others there learns nothing of it, whatever its state", () => {
  const capabilities = [{ channels: "agent:*", verbs: ["command"], commands: ["stop"] }] as const;
  const { rights } = facts({}, capabilities);
  const never = take(undefined, "command_cancelled");
  for (const command of Object.values(states)) {
    expect(take(command, "command_cancelled", {}, { rights, by: "user:eve" })).toEqual(never);
  }
  const watching = facts({}, [...capabilities, { channels: "agent:a", verbs: ["history"] }]).rights;
  expect(take(queued, "command_cancelled", {}, { rights: watching, by: "user:eve" })).toMatchObject({
    failed: "forbidden",
  });
});

test("a step in another channel finds no command", () => {
  expect(take(queued, "command_started", {}, { channel: "agent:b" })).toMatchObject({ failed: "not_found" });
  expect(take(undefined, "command_started")).toMatchObject({ failed: "not_found" });
});

test("§10.5 what the target declared is held against name and arguments", () => {
  const said = stepDeclaration(
    undefined,
    {
      type: "agent_commands",
      data: {
        agentId: "a",
        commands: [{ name: "input", args: { type: "object", required: ["text"] } }, { name: "pause" }],
      },
    },
    facts(),
  );
  if (said.did !== "change") throw new Error("not declared");
  const give = (name: string, args?: unknown) =>
    take(
      undefined,
      "command_queued",
      { target: "agent:a", name, ...(args === undefined ? {} : { args }) },
      { declared: said.next },
    );
  expect(give("pause", { what: "ever" })).toMatchObject({ did: "change" });
  expect(give("input", { text: 1 })).toMatchObject({ did: "change" });
  expect(give("input", {})).toMatchObject({ failed: "invalid_message", details: { path: "/data/args/text" } });
  expect(give("input")).toMatchObject({ failed: "invalid_message" });
  expect(give("dance")).toMatchObject({ failed: "invalid_message", details: { path: "/data/name" } });
  const declare = (commands: unknown, channel = "agent:a") =>
    stepDeclaration(undefined, { type: "agent_commands", data: { agentId: "a", commands } }, facts({ channel }));
  expect(declare([{ name: "x", args: { pattern: "a" } }])).toMatchObject({
    details: { path: "/data/commands/0/args/pattern" },
  });
  expect(declare([{ name: "x" }, { name: "x" }])).toMatchObject({ failed: "invalid_message" });
  expect(declare([], "agent:b")).toMatchObject({ failed: "invalid_message" });
});

test("§10.2 no sequence of steps leaves the rules: one start, one end, and the end stays", () => {
  const step = fc.record({
    type: fc.constantFrom("queued", ...types),
    by: fc.constantFrom("user:ada", "user:bob", "agent:a"),
    waitMs: fc.nat(400_000),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      let state: Command | undefined;
      let nowMs = 1_000_000;
      const counts: Record<string, number> = {};
      for (const { type, by, waitMs } of steps) {
        nowMs += waitMs;
        const before = state;
        const stepped = take(state, `command_${type}`, { ...queuedData, error: "no" }, { by, nowMs });
        if (stepped.did !== "change") continue;
        state = stepped.next;
        counts[type] = (counts[type] ?? 0) + 1;
        // Nothing follows an end, nothing that began expires or is cancelled, nothing begins after its time.
        expect(before === undefined || commandIsOpen(before)).toBe(true);
        if (type === "expired" || type === "cancelled") expect(before?.startedAt).toBeUndefined();
        if (type === "started") expect(nowMs).toBeLessThan(before?.expiresAt ?? 0);
        if (type === "done") expect(before?.state).toBe("started");
        expect(commandIsOpen(state)).toBe(state.endedAt === undefined);
      }
      const ends = ["done", "failed", "cancelled", "expired"].reduce((sum, type) => sum + (counts[type] ?? 0), 0);
      expect(ends).toBeLessThanOrEqual(1);
      expect(counts.started ?? 0).toBeLessThanOrEqual(1);
      expect(counts.queued ?? 0).toBeLessThanOrEqual(1);
    }),
    { numRuns: 500 },
  );
});

test("§10.2 while somebody holds the target's lease, only they carry out its commands", () => {
  const held = { holder: "a-1" };
  expect(take(queued, "command_started", {}, held)).toMatchObject({ failed: "fenced" });
  expect(take(queued, "command_started", {}, { ...held, producer: "a-0" })).toMatchObject({ failed: "fenced" });
  expect(take(queued, "command_started", {}, { ...held, producer: "a-1" })).toMatchObject({ did: "change" });
  expect(take(queued, "command_cancelled", {}, held)).toMatchObject({ did: "change" });
});
