/** §5.8: where the head is expected, on its way to the store and back. */
import type { Draft, PublishResult } from "@signalbox/protocol";
import { expect, test } from "vitest";
import { Redactor } from "../src/index.ts";
import { FakeNode, somebody } from "./support/fake-node.ts";

const anybody = somebody("admin", [{ channels: "*", verbs: ["admin", "publish", "command"] }]);

function publish(node: FakeNode, drafts: Draft[]): PublishResult[] {
  let results: PublishResult[] = [];
  node.hub.publish(drafts, { principal: anybody }, (answer) => {
    results = answer;
  });
  node.run();
  return results;
}

const note = (node: FakeNode, id: string, offset: number): Draft => ({
  id,
  type: "note",
  channel: "agent:a",
  metadata: { expected: { epoch: node.epoch, offset } },
});

test("§5.8 the error says where the head is, and the others of the frame are kept", () => {
  const node = new FakeNode();
  const results = publish(node, [
    note(node, "a", 0),
    note(node, "b", 0),
    { id: "c", type: "note", channel: "agent:a" },
  ]);
  expect(results).toMatchObject([
    { id: "a", offset: 1 },
    { id: "b", error: { name: "head_moved", temporary: false, details: { epoch: node.epoch, offset: 1 } } },
    { id: "c", offset: 2 },
  ]);
});

test("§5.8 the position is what it was, whatever is taken out of an event", () => {
  const node = new FakeNode({}, { redactor: new Redactor() });
  const expected = { epoch: node.epoch, offset: 0 };
  const secret = ["ghp", "_", "a1B2c3D4e5F6g7H8i9J0".repeat(2).slice(0, 36)].join("");
  publish(node, [{ type: "note", channel: "agent:a", metadata: { expected, source: secret } }]);
  const [entry] = node.histories.get("agent:a")?.events ?? [];
  expect(entry?.expected).toEqual(expected);
  expect(JSON.parse(entry?.body ?? "")).toMatchObject({ metadata: { expected } });
  expect(entry?.body).not.toContain(secret);
});

test("§5.8 what has no position cannot expect one", () => {
  const node = new FakeNode();
  const [result] = publish(node, [{ ...note(node, "a", 0), type: "presence_typing" }]);
  expect(result).toMatchObject({ error: { name: "invalid_message", details: { path: "/metadata/expected" } } });
});

test("§5.8 §9.1 a step that came too late changes nothing, and the step after it is judged by what is", () => {
  const node = new FakeNode();
  publish(node, [{ type: "note", channel: "agent:a" }]);
  const queued = (id: string, more: Partial<Draft>): Draft => ({
    id,
    type: "command_queued",
    channel: "agent:a",
    data: { commandId: "k1", target: "agent:a", name: "pause" },
    ...more,
  });
  const late = queued("late", { metadata: { expected: { epoch: node.epoch, offset: 0 } } });
  const started: Draft = { id: "s", type: "command_cancelled", channel: "agent:a", data: { commandId: "k1" } };
  expect(publish(node, [late, started])).toMatchObject([
    { id: "late", error: { name: "head_moved" } },
    { id: "s", error: { name: "not_found" } },
  ]);
  const right = queued("right", { metadata: { expected: { epoch: node.epoch, offset: 1 } } });
  expect(publish(node, [right, started])).toMatchObject([{ offset: 2 }, { offset: 3 }]);
});
