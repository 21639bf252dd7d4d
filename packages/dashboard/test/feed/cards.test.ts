import type { Publication } from "@signalbox/protocol";
import { describe, expect, test } from "vitest";
import { type FeedItem, filtered, itemsOf } from "../../src/feed/cards.ts";
import { detailsOf, diffLines } from "../../src/feed/details.ts";
import { asCsv, asText } from "../../src/feed/export.ts";
import { merged } from "../../src/feed/merged.ts";
import { membersOf } from "../../src/sessions/members.ts";

const event = (
  offset: number,
  type: string,
  data: unknown,
  channel = "agent:a",
  timestamp = offset * 1_000,
): Publication => ({
  ...{ id: `${channel}${offset}`, type, timestamp, data, channel, epoch: "e", offset },
});
const day = (ms: number): string => String(Math.floor(ms / 86_400_000));
const shape = (items: readonly FeedItem[]) =>
  items.map((item) => ("events" in item ? [item.is, item.kind, item.events.map(({ offset }) => offset)] : [item.is]));

describe("events as items", () => {
  test("begin and end of a call are one card, where its last event stands", () => {
    const items = itemsOf(
      [
        event(1, "tool_call", { toolCallId: "x", toolName: "bash", arguments: { command: "npm test" } }),
        event(2, "agent_log", { message: "between" }),
        event(3, "tool_result", { toolCallId: "x", result: "ok" }),
      ],
      day,
    );
    expect(shape(items)).toEqual([
      ["card", "tool", [1, 3]],
      ["row", "other", [2]],
    ]);
    expect(items[0]).toMatchObject({ title: "bash", state: "done", ended: true, durationMs: 2_000 });
  });

  test("the same id again after its end is another card; channels do not mix", () => {
    const call = (offset: number, type: string, channel?: string) => event(offset, type, { toolCallId: "x" }, channel);
    const items = itemsOf(
      [
        call(1, "tool_call"),
        call(2, "tool_result"),
        call(3, "tool_call"),
        call(1, "tool_call", "agent:b"),
        call(4, "tool_result"),
      ],
      day,
    );
    expect(shape(items)).toEqual([
      ["card", "tool", [3, 4]],
      ["card", "tool", [1]],
      ["card", "tool", [1, 2]],
    ]);
  });

  test("messages, days and gaps", () => {
    const items = itemsOf(
      [event(1, "agent_message", { text: "hello", agentId: "a" }), event(4, "note", {}, "agent:a", 86_400_000 * 2)],
      day,
    );
    expect(shape(items)).toEqual([["row", "other", [4]], ["gap"], ["day"], ["message", "message", [1]]]);
    expect(items[1]).toMatchObject({ from: 2, to: 3 });
  });

  test("clocks that differ put events out of their order, and nothing of that is missing", () => {
    const late = event(2, "note", {}, "agent:a", 9_000);
    const held = [event(1, "note", {}), event(3, "note", {}), event(4, "note", {}), late];
    expect(shape(itemsOf(held, day)).filter(([is]) => is === "gap")).toEqual([]);
    const holed = itemsOf([...held, event(6, "note", {}, "agent:a", 2_500)], day);
    expect(holed.filter(({ is }) => is === "gap")).toMatchObject([{ from: 5, to: 5 }]);
  });

  test("filtered by kind and words; days and gaps stay", () => {
    const items = itemsOf(
      [
        event(1, "agent_message", { text: "Hello" }),
        event(2, "agent_error", { error: "boom" }),
        event(5, "note", { a: "hello" }),
      ],
      day,
    );
    const kinds = (names: string[], words: string[] = []) => shape(filtered(items, { kinds: new Set(names), words }));
    expect(kinds(["error"])).toEqual([["gap"], ["row", "error", [2]]]);
    expect(kinds([], ["hello"])).toEqual([["row", "other", [5]], ["gap"], ["message", "message", [1]]]);
    expect(kinds([])).toHaveLength(4);
  });
});

describe("what a card shows", () => {
  test("a command as it is typed, arguments, result, error", () => {
    expect(detailsOf([event(1, "process_started", { command: "echo", args: ["it's", "a b"] })]).command).toBe(
      "echo 'it'\\''s' 'a b'",
    );
    expect(
      detailsOf([
        event(1, "tool_call", { toolName: "edit", input: { path: "a.ts" } }),
        event(2, "tool_result", { output: "--- a\n+++ b\n@@ -1 +1 @@\n-x\n+y", error: { message: "half" } }),
      ]),
    ).toEqual({
      command: undefined,
      given: { as: "json", text: '{\n  "path": "a.ts"\n}' },
      result: { as: "diff", text: "--- a\n+++ b\n@@ -1 +1 @@\n-x\n+y" },
      error: "half",
    });
    expect(detailsOf([event(1, "tool_call", JSON.parse('{"__proto__":{"result":"no"}}'))]).result).toBeUndefined();
  });

  test("lines of a diff", () => {
    expect(diffLines("@@ -1 +1 @@\n-a\n+b\n c").map(({ is }) => is)).toEqual(["head", "removed", "added", "same"]);
  });
});

test("several feeds are one, complete from the time on at which all are", () => {
  const view = (offsets: number[], channel: string, floor = 1) => ({
    events: offsets.map((offset) => event(offset, "note", {}, channel)),
    ...{ top: 9, floor, status: "live" as const, error: undefined },
  });
  const both = merged([view([2, 6], "agent:a"), view([4, 5, 7], "agent:b")]);
  expect(both.events.map(({ offset }) => offset)).toEqual([4, 5, 6, 7]);
  expect(both).toMatchObject({ total: 18, more: true });
  expect(merged([view([2, 6], "agent:a", 2), view([4, 5], "agent:b", 4)])).toMatchObject({
    ...{ held: 4, more: false, gone: 4 },
  });
});

test("exports keep every event, and no cell is a formula", () => {
  const events = [event(1, "note", { text: "=1+1" }), event(2, "agent_log", { message: "=cmd()" })];
  const csv = asCsv(events).split("\r\n");
  expect(csv[0]).toBe("time,channel,offset,type,summary,data");
  expect(csv[2]).toContain("'=cmd()");
  expect(asText(events).split("\n")[1]).toBe("1970-01-01T00:00:02.000Z\tagent:a\tagent_log\t=cmd()");
});

test("members of a session: those it names and those that name it", () => {
  expect(
    membersOf(
      "s",
      { agents: ["b"], processes: ["p1"] },
      [
        { agentId: "a", sessionId: "s" },
        { agentId: "x", sessionId: "other" },
      ],
      [
        { processId: "p2", sessionId: "s", agentId: undefined },
        { processId: "p3", sessionId: undefined, agentId: "a" },
        { processId: "p4", sessionId: "other", agentId: "a" },
      ],
    ),
  ).toEqual({ agents: ["a", "b"], processes: ["p1", "p2", "p3"] });
});
