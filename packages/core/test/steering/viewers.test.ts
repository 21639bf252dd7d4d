/** What steering does, and the gateway does for it, reaches those who watch states, and those who are late. */
import type { Draft } from "@signalbox/protocol";
import { expect, test } from "vitest";
import { admin, FakeNode, somebody } from "../support/fake-node.ts";
import { OverviewClient } from "../support/overview.ts";
import { Viewer } from "../support/viewer.ts";

const beatMs = 250;
const agent = "agent:a";
const dayMs = 86_400_000;

function publish(node: FakeNode, ...drafts: Draft[]): void {
  node.hub.publish(drafts, { principal: admin }, () => {});
  node.run();
}

function tick(node: FakeNode, ms: number): void {
  node.now += ms;
  node.hub.tick();
  node.run();
}

const command = (commandId: string): Draft => ({
  type: "command_queued",
  channel: agent,
  data: { commandId, target: agent, name: "pause" },
});
const question = (channel: string): Draft => ({
  type: "checkpoint_required",
  channel,
  data: { checkpointId: `of-${channel.replace(":", "-")}`, checkpointData: {}, title: "Deploy?" },
});

test.each([false, true])(
  "§4.13 states show what is open, until somebody or the gateway ends it (patches: %s)",
  (patches) => {
    const node = new FakeNode();
    publish(node, command("k1"), question("execution:e"));
    const client = new OverviewClient(node, admin).ask("agent:*", { patches }).ask("execution:e", { patches });
    node.pass(beatMs);
    expect(client.stateOf(agent)).toMatchObject({ commands: [{ commandId: "k1", state: "queued" }], checkpoints: [] });
    expect(client.had.get("execution:e")).toMatchObject({
      reducer: "execution",
      state: { checkpoints: [{ title: "Deploy?" }] },
    });

    publish(node, question(agent), { type: "command_started", data: { commandId: "k1" } }, command("k2"));
    node.pass(beatMs);
    expect(client.stateOf(agent)).toMatchObject({
      commands: [{ commandId: "k1", state: "started" }, { commandId: "k2" }],
      checkpoints: [{ checkpointId: "of-agent-a", requestedBy: "user:admin" }],
    });

    publish(node, { type: "command_done", data: { commandId: "k1" } });
    tick(node, dayMs);
    node.pass(beatMs);
    expect(client.stateOf(agent)).toMatchObject({ commands: [], checkpoints: [] });
    expect(client.stateOf("execution:e")).toMatchObject({ checkpoints: [] });
    expect(client.faults).toEqual([]);
    expect(client.errors).toEqual([]);
    expect(client.patched > 0).toBe(patches);
  },
);

test("§4.13 who may not see a channel is not told that something waits there", () => {
  const node = new FakeNode();
  publish(node, question(agent), question("agent:b"));
  const only = somebody("ada", [{ channels: "agent:b", verbs: ["subscribe", "history", "approve"] }]);
  const client = new OverviewClient(node, only).ask("agent:*");
  node.pass(beatMs);
  publish(node, command("k1"));
  node.pass(beatMs);
  expect([...client.had.keys()]).toEqual(["agent:b"]);
});

test("§4.10 a late viewer misses log lines, and no step: not those of the gateway either", () => {
  const node = new FakeNode({ outboxBytes: 1_000 });
  const soonMs = 1_000;
  publish(node, command("k1"), command("k2"));
  const viewer = new Viewer(node).open().subscribe({ channel: agent });
  tick(node, 600_000 - soonMs);
  publish(node, { type: "command_started", data: { commandId: "k2" } });
  expect(viewer.seen.get(agent)).toHaveLength(1);

  viewer.waitingBytes = 750;
  for (let n = 0; n < 100; n++) node.publish(agent, { n }, "agent_log");
  tick(node, soonMs);
  expect(viewer.gaps).toMatchObject([{ reason: "slow", counts: { agent_log: 100 } }]);
  expect(viewer.seen.get(agent)?.[1]).toMatchObject({ data: { commandId: "k1", target: agent } });

  // Nothing fits any more: it comes when there is room.
  viewer.waitingBytes = 1_000;
  publish(node, { type: "command_done", data: { commandId: "k2", result: 7 } });
  expect(viewer.seen.get(agent)).toHaveLength(2);
  viewer.drain();
  node.run();
  expect(viewer.seen.get(agent)?.[2]).toMatchObject({ data: { commandId: "k2", result: 7 } });
  expect(viewer.faults).toEqual([]);
});
