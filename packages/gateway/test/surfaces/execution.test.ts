/** S§3: every flat shape, in and out. */
import { compileRights, principalOf } from "@signalbox/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cursorText, readCursor } from "../../src/surfaces/execution/cursor.ts";
import { receiversOf } from "../../src/surfaces/execution/direct.ts";
import { Directory, type Reachable } from "../../src/surfaces/execution/directory.ts";
import { ownIdOf, readAsked, readSince } from "../../src/surfaces/execution/inward.ts";
import {
  flatCheckpoint,
  flatCommand,
  flatEvent,
  flatGap,
  flatState,
  flatSteps,
  openCheckpoints,
} from "../../src/surfaces/execution/outward.ts";
import { Members } from "../../src/surfaces/members.ts";
import { readMessage } from "../../src/surfaces/read-message.ts";

const timestamp = 1_700_000_000_000;
const iso = "2023-11-14T22:13:20.000Z";
const position = { epoch: "k3v9", offset: 7 };
const flat = (type: string, data: unknown, room: string, progress = 0) =>
  flatEvent({ id: "e1", type, timestamp, data }, room, position, progress);
const about = (room: string) => ({ timestamp: iso, room, id: "e1", cursor: cursorText(room, position) });

describe("S§3.2 an event is flat", () => {
  test("execution_update", () => {
    const data = { executionId: "e", status: "running", currentStep: "checkout", progress: 40, timestamp: 5, extra: 1 };
    const room = "execution:e";
    expect(flat("execution_update", data, room)).toEqual({ ...data, type: "execution_update", ...about(room) });
    expect(flat("execution_update", { executionId: "e", status: "done" }, room, 60).progress).toBe(60);
  });

  test("step_update", () => {
    const data = { executionId: "e", stepId: "s", status: "done", result: [1] };
    expect(flat("step_update", data, "execution:e")).toEqual({ ...data, type: "step_update", ...about("execution:e") });
  });

  test("browser_update", () => {
    const data = { sessionId: "b", screenshot: "aGk=", url: "https://shop.example" };
    expect(flat("browser_update", data, "browser:b")).toEqual({
      ...data,
      type: "browser_update",
      ...about("browser:b"),
    });
  });

  test("checkpoint_required", () => {
    const data = { checkpointId: "c", checkpointData: { a: 1 }, deadline: timestamp, executionId: "e" };
    expect(flat("checkpoint_required", data, "execution:e")).toEqual({
      ...{ ...data, type: "checkpoint_required", stepId: "c", deadline: iso },
      ...about("execution:e"),
    });
    expect(flat("checkpoint_required", { checkpointId: "c", stepId: "s" }, "execution:e")).toMatchObject({
      executionId: "e",
      stepId: "s",
    });
  });

  test("any other, with its data together where that could be mistaken", () => {
    expect(flat("dream", { of: "sheep" }, "user:u")).toEqual({ of: "sheep", type: "dream", ...about("user:u") });
    for (const data of [{ type: "ping" }, { cursor: "x" }, { room: "execution:a" }, { id: 1 }, [1], "text", null]) {
      expect(flat("dream", data, "user:u")).toEqual({ data, type: "dream", ...about("user:u") });
    }
  });

  test("one that is not kept has no cursor", () => {
    expect(flatEvent({ id: "e1", type: "typing", timestamp, data: {} }, "user:u", undefined, 0)).not.toHaveProperty(
      "cursor",
    );
  });

  test("a gap", () => {
    const gap = { reason: "trimmed", epoch: "k", from: 3, to: 9, counts: { step_update: 7 } } as const;
    expect(flatGap("execution:e", gap, timestamp)).toEqual({
      ...{
        type: "gap",
        room: "execution:e",
        reason: "trimmed",
        from: 3,
        to: 9,
        counts: { step_update: 7 },
        timestamp: iso,
      },
    });
  });
});

describe("S§3.3 the state comes first", () => {
  const snapshot = (reducer: string, state: unknown, offset = 7) => ({
    reducer,
    version: 1,
    epoch: "k3v9",
    offset,
    state,
  });

  test("of an execution as an update, and its open checkpoints", () => {
    const state = {
      status: "running",
      currentStep: "pay",
      progress: 80,
      updatedAt: timestamp,
      checkpoints: [{ checkpointId: "c" }, 7],
    };
    const folded = snapshot("execution", state);
    expect(flatState("execution:e", folded, position)).toEqual({
      ...{
        type: "execution_update",
        executionId: "e",
        status: "running",
        currentStep: "pay",
        progress: 80,
        timestamp: iso,
      },
      ...{ room: "execution:e", cursor: cursorText("execution:e", position) },
    });
    expect(openCheckpoints(folded)).toEqual(["c"]);
    expect(openCheckpoints(snapshot("execution", {}))).toEqual([]);
  });

  test("of its steps, without what came of them", () => {
    const one = { stepId: "s", name: "Pay", status: "done", result: "cut off", updatedAt: timestamp, startedAt: 1 };
    expect(flatSteps("execution:e", snapshot("execution", { steps: { items: [one], cut: 0 } }))).toEqual([
      {
        type: "step_update",
        executionId: "e",
        stepId: "s",
        name: "Pay",
        status: "done",
        timestamp: iso,
        room: "execution:e",
      },
    ]);
    expect(flatSteps("execution:e", snapshot("execution", {}))).toEqual([]);
  });

  test("of other rooms as it is folded, of those that nothing happened in not at all", () => {
    expect(
      flatState("session:s", snapshot("session", { status: "active", updatedAt: timestamp }), position),
    ).toMatchObject({
      ...{ type: "state", room: "session:s", state: { status: "active" }, timestamp: iso },
    });
    expect(flatState("execution:e", snapshot("execution", {}, 0), position)).toBeUndefined();
  });

  test("of a checkpoint as it was asked, without what is kept beside it", () => {
    const kept = {
      checkpointId: "c",
      channel: "execution:e",
      state: "open",
      checkpointData: 1,
      requestedAt: timestamp,
      deadline: timestamp,
    };
    expect(flatCheckpoint(kept, "execution:e")).toEqual({
      ...{ type: "checkpoint_required", checkpointId: "c", executionId: "e", stepId: "c", checkpointData: 1 },
      ...{ deadline: iso, timestamp: iso, room: "execution:e" },
    });
  });

  test("of a command for whoever gave it", () => {
    const kept = {
      commandId: "k",
      target: "agent:a",
      name: "pause",
      state: "done",
      result: 1,
      issuedBy: "user:u",
      args: "secret",
    };
    expect(flatCommand(kept, timestamp)).toEqual({
      ...{
        type: "command_update",
        commandId: "k",
        target: "agent:a",
        name: "pause",
        state: "done",
        result: 1,
        timestamp: iso,
      },
    });
  });
});

const asked = (message: Record<string, unknown> & { type: string }) => readAsked(message.type, new Members(message));

describe("S§3.3 a client's message", () => {
  test("join and leave", () => {
    const since = [{ room: "execution:e", position }];
    const cursor = cursorText("execution:e", position);
    expect(asked({ type: "join", room: "execution:e", since: cursor })).toEqual({
      do: "join",
      room: "execution:e",
      since,
    });
    expect(asked({ type: "join", room: "execution:*", since: [cursor] })).toEqual({
      do: "join",
      room: "execution:*",
      since,
    });
    expect(asked({ type: "leave", room: "user:u" })).toEqual({ do: "leave", room: "user:u" });
    for (const room of [undefined, "", 7, "a b", "execution:"])
      expect(asked({ type: "join", room })).toMatchObject({ broken: "/room" });
    for (const bad of ["", 7, null, ["x"], Array(1_001).fill(cursor)]) {
      expect(asked({ type: "join", room: "execution:e", since: bad })).toMatchObject({ broken: "/since" });
    }
  });

  test("command, for an execution, a session or any target", () => {
    const args = { now: true };
    expect(asked({ type: "command", executionId: "e", name: "pause", args, commandId: "k", ttlMs: 9 })).toEqual({
      ...{ do: "command", target: "execution:e", commandId: "k" },
      data: { target: "execution:e", name: "pause", args, ttlMs: 9 },
    });
    expect(asked({ type: "command", sessionId: "s", name: "x" })).toMatchObject({ target: "session:s" });
    expect(asked({ type: "command", target: "agent:a", executionId: "e", name: "x" })).toMatchObject({
      target: "agent:a",
    });
    for (const target of [{}, { target: "agent:*" }, { target: 7 }, { executionId: "" }, { executionId: "a b" }]) {
      expect(asked({ type: "command", name: "x", ...target })).toMatchObject({ broken: "/target" });
    }
    expect(asked({ type: "command", executionId: "e", name: "x", commandId: 7 })).toMatchObject({
      broken: "/commandId",
    });
  });

  test("checkpoint_response", () => {
    const data = { checkpointId: "c", decision: "approve", answer: { n: 1 }, reason: "fine", payloadHash: "sha256:x" };
    expect(asked({ type: "checkpoint_response", ...data, other: 1 })).toEqual({
      do: "decide",
      checkpointId: "c",
      data,
    });
    expect(asked({ type: "checkpoint_response" })).toMatchObject({ broken: "/checkpointId" });
  });

  test("direct, auth_request and ping", () => {
    expect(asked({ type: "direct", to: "user:u", data: 1 })).toEqual({ do: "direct", to: "user:u", data: 1 });
    for (const to of [undefined, "user", "user:", "all", "execution:e"])
      expect(asked({ type: "direct", to })).toMatchObject({ broken: "/to" });
    expect(asked({ type: "auth_request", token: "t" })).toEqual({ do: "renew", token: "t" });
    expect(asked({ type: "ping" })).toEqual({ do: "ping" });
  });

  test("of another type is refused with those that are known; its own id is repeated where it is one", () => {
    for (const type of ["dance", "__proto__", "subscribe", ""])
      expect(asked({ type })).toMatchObject({ broken: "/type" });
    expect(ownIdOf(new Members({ id: "a1" }))).toBe("a1");
    for (const id of [undefined, 7, "", "a b", "é", "x".repeat(129)])
      expect(ownIdOf(new Members({ id }))).toBeUndefined();
  });

  test("is one JSON object of a size", () => {
    const limits = { jsonDepth: 32, jsonKeys: 1_000, jsonItems: 100_000 };
    expect(readMessage('{"type":"ping"}', limits)).toMatchObject({ ok: true, type: "ping" });
    for (const text of ["", "{", "[]", "null", "7", '"x"', "{}", '{"type":7}'])
      expect(readMessage(text, limits)).toMatchObject({ ok: false });
    const deep = `{"type":"ping","x":${"[".repeat(5_000)}${"]".repeat(5_000)}}`;
    expect(readMessage(deep, limits)).toMatchObject({ ok: false, rule: expect.stringContaining("deeper") });
  });
});

describe("S§3.3 a cursor", () => {
  test("names room and position, for every room", () => {
    const room = fc.stringMatching(/^[a-z][a-z0-9-]{0,31}(:[A-Za-z0-9._~:/@+=,-]{1,200})?$/);
    const epoch = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/);
    fc.assert(
      fc.property(room, epoch, fc.maxSafeNat(), (name, from, offset) => {
        const text = cursorText(name, { epoch: from, offset });
        expect(text).toMatch(/^[A-Za-z0-9_-]+$/);
        expect(readCursor(text)).toEqual({ room: name, position: { epoch: from, offset } });
      }),
    );
  });

  test("is nothing else, whatever the text", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String(), fc.anything()), (text) => {
        const read = readCursor(text);
        expect(read === undefined || cursorText(read.room, read.position).length > 0).toBe(true);
      }),
    );
    expect(readSince(undefined)).toEqual([]);
  });
});

describe("S§3.5 a direct message", () => {
  const person = (id: string, capabilities: Parameters<typeof compileRights>[0] = []) =>
    principalOf({ kind: "user", id, roles: [], capabilities }, compileRights(capabilities));
  const here = (id: string, connectionId = `c-${id}`): Reachable => ({
    connectionId,
    principal: person(id),
    hand: () => true,
  });
  const toBob = person("ada", [{ channels: "user:bob", verbs: ["publish"] }]);
  const names = (found: ReturnType<typeof receiversOf>): unknown =>
    "refused" in found ? found.refused.name : found.map(({ connectionId }) => connectionId);

  test("takes the right to publish for who it is for, or is for oneself", () => {
    expect(names(receiversOf(toBob, "user:bob", [here("bob"), here("bob", "c2")]))).toEqual(["c-bob", "c2"]);
    expect(names(receiversOf(toBob, "user:eve", [here("eve")]))).toBe("forbidden");
    expect(names(receiversOf(toBob, "user:eve", []))).toBe("forbidden");
    expect(names(receiversOf(person("eve"), "user:eve", [here("eve")]))).toEqual(["c-eve"]);
    expect(names(receiversOf(toBob, "user:bob", []))).toBe("not_found");
  });

  test("to a connection that may not be reached looks as if there was none", () => {
    const refused = receiversOf(toBob, "connection:c-eve", [here("eve")]);
    expect(refused).toEqual(receiversOf(toBob, "connection:c-eve", []));
    expect(names(refused)).toBe("not_found");
    expect(names(receiversOf(toBob, "connection:c-bob", [here("bob")]))).toEqual(["c-bob"]);
  });

  test("to a service takes publish on global; ids that no channel can have are reached by nobody else", () => {
    const loud = person("ada", [{ channels: "global", verbs: ["publish"] }]);
    expect(names(receiversOf(loud, "service:ci", [here("ci")]))).toEqual(["c-ci"]);
    expect(names(receiversOf(toBob, "service:ci", [here("ci")]))).toBe("forbidden");
    const all = person("ada", [{ channels: "*", verbs: ["publish"] }]);
    expect(names(receiversOf(all, "user:a b", [here("a b")]))).toBe("forbidden");
  });

  test("finds connections in its own tenant only, and none that have left", () => {
    const directory = new Directory(undefined);
    // Hubs are told apart by identity alone.
    const [one, other] = [{}, {}] as unknown as [
      Parameters<typeof directory.add>[0],
      Parameters<typeof directory.add>[0],
    ];
    const bob = here("bob");
    directory.add(one, bob);
    expect(directory.find(one, undefined, "user:bob")).toEqual([bob]);
    expect(directory.find(one, undefined, "connection:c-bob")).toEqual([bob]);
    expect(directory.find(other, undefined, "user:bob")).toEqual([]);
    expect(directory.find(other, undefined, "connection:c-bob")).toEqual([]);
    directory.remove(one, bob);
    expect(directory.find(one, undefined, "user:bob")).toEqual([]);
  });
});
