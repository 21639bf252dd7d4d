/** S§2.4: every shape between a session's channel and `{type, session_id?, data?}`. */
import { type SessionState, sessionReducer } from "@signalbox/core/reducers";
import { describe, expect, test } from "vitest";
import { Members } from "../../src/surfaces/members.ts";
import {
  isOfSession,
  readAsked,
  statusOf,
  toldEvent,
  toldUpdate,
  updateOf,
} from "../../src/surfaces/orchestrate/messages.ts";

const fold = (...events: Array<[type: string, data: Record<string, unknown>]>): SessionState =>
  events.reduce(
    (state, [type, data], index) => sessionReducer.apply(state, { type, data, timestamp: 1_700_000_000_000 + index }),
    sessionReducer.initial("session:s1"),
  );

const started: [string, Record<string, unknown>] = ["session_started", { objective: "a form", agents: ["coder"] }];

describe("S§2.4 a session_update", () => {
  test("says how the session stands, and what else the event said", () => {
    const event = {
      session_id: "s1",
      status: "active",
      progress: 40,
      progress_step: "Running tests",
      extra: { deep: 1 },
    };
    const state = fold(started, ["session_update", event]);
    expect(toldUpdate("s1", updateOf(state, event), 1_700_000_000_000)).toEqual({
      type: "session_update",
      session_id: "s1",
      data: {
        ...{ status: "active", progress: 40, progress_step: "Running tests", extra: { deep: 1 } },
        ...{ agents: ["coder"], processes: [], timestamp: "2023-11-14T22:13:20.000Z" },
      },
    });
  });

  test("has progress and a step from the beginning", () => {
    expect(updateOf(fold(started))).toMatchObject({ status: "started", progress: 0, progress_step: "started" });
  });

  test.each(["done", "failed", "cancelled"])("of one that ended %s is stopped with that outcome", (outcome) => {
    const stop = { status: outcome, reason: "why" };
    expect(updateOf(fold(started, ["session_stopped", stop]), stop)).toMatchObject({
      status: "stopped",
      outcome,
      message: "why",
    });
  });

  test("of one that only says stopped ended well", () => {
    expect(updateOf(fold(started, ["session_update", { status: "stopped" }]))).toMatchObject({
      status: "stopped",
      outcome: "done",
    });
  });

  test("is made of every event about the session, and of no other", () => {
    for (const type of ["session_started", "session_update", "session_status_changed", "session_stopped"])
      expect(isOfSession(type)).toBe(true);
    for (const type of ["memory_update", "session_note", "dream", "command_queued"])
      expect(isOfSession(type)).toBe(false);
  });

  test("other events go through in the same shape", () => {
    const event = { id: "e", type: "dream", timestamp: 1, data: { of: "sheep" } };
    expect(toldEvent("s1", event)).toEqual({ type: "dream", session_id: "s1", data: { of: "sheep" } });
  });

  test("a status has the same, and its times", () => {
    expect(statusOf("s1", fold(started, ["session_stopped", { status: "done" }]))).toEqual({
      ...{ session_id: "s1", status: "stopped", outcome: "done", progress: 0, progress_step: "done" },
      ...{ agents: ["coder"], processes: [], updated_at: "2023-11-14T22:13:20.001Z" },
      ...{ started_at: "2023-11-14T22:13:20.000Z", stopped_at: "2023-11-14T22:13:20.001Z" },
    });
  });
});

const asked = (message: Record<string, unknown> & { type: string }) =>
  readAsked(message.type, new Members(message), "s1", "id1");

describe("S§2.4 a client's message", () => {
  test.each(["session_update", "memory_update"])(
    "%s is published on the session's channel, whoever it names",
    (type) => {
      expect(asked({ type, session_id: "other", data: { key: "k", sessionId: "other" } })).toEqual({
        do: "send",
        draft: { id: "id1", type, channel: "session:s1", data: { key: "k", sessionId: "s1" } },
      });
      expect(asked({ type, data: "text" })).toMatchObject({ broken: "/data" });
    },
  );

  test("ping and auth_request reach the hub", () => {
    expect(asked({ type: "ping" })).toEqual({ do: "send", draft: { id: "id1", type: "ping", data: {} } });
    for (const message of [
      { type: "auth_request", token: "t" },
      { type: "auth_request", data: { token: "t" } },
    ]) {
      expect(asked(message)).toEqual({ do: "send", draft: { id: "id1", type: "auth_request", data: { token: "t" } } });
    }
  });

  test("a command goes to its target, without one to the session; stop stops it", () => {
    const data = { name: "pause", target: "agent:a", args: { now: true }, command_id: "k", ttl_ms: 5 };
    expect(asked({ type: "command", data })).toEqual({
      ...{ do: "command", commandId: "k", target: "agent:a", name: "pause" },
      draft: {
        ...{ id: "id1", type: "command_queued", channel: "agent:a" },
        data: { commandId: "k", target: "agent:a", name: "pause", args: { now: true }, ttlMs: 5 },
      },
    });
    expect(asked({ type: "command", data: { name: "pause" } })).toMatchObject({
      commandId: "id1",
      target: "session:s1",
    });
    expect(asked({ type: "command", data: { name: "stop" } })).toEqual({ do: "stop" });
    expect(asked({ type: "command", data: {} })).toMatchObject({ broken: "/data/name" });
    expect(asked({ type: "command" })).toMatchObject({ broken: "/data/name" });
  });

  test("of another type is refused with those that are known", () => {
    expect(asked({ type: "dance" })).toMatchObject({ broken: "/type", rule: expect.stringContaining("memory_update") });
    expect(asked({ type: "__proto__" })).toMatchObject({ broken: "/type" });
  });
});
