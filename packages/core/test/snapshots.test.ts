import { expect, test } from "vitest";
import { FakeNode } from "./support/fake-node.ts";

const status = (node: FakeNode, channel: string, state: string): void =>
  node.publish(channel, { status: state }, "agent_status");

test("folded states are saved a while after they changed, some at a time, and all of them at the end", () => {
  const node = new FakeNode({ channelsPerMinute: 10_000 });
  for (let n = 0; n < 1_200; n++) status(node, `agent:${n}`, "busy");
  node.run();
  node.hub.tick();
  expect(node.snapshots.size).toBe(0);
  node.now += 15_000;
  node.hub.tick();
  expect(node.snapshots.size).toBe(500);
  // Those that waited longest come first; what changed again meanwhile is saved once.
  expect(node.snapshots.has("agent:0")).toBe(true);
  node.hub.tick();
  expect(node.snapshots.size).toBe(1_000);
  node.hub.flush();
  expect(node.snapshots.size).toBe(1_200);
});

test("a channel's state is not read again from the store while it is among the hundred thousand in memory", () => {
  const node = new FakeNode({ channelsPerMinute: 100_000 });
  const channels = 20_000;
  for (let round = 0; round < 2; round++) {
    for (let n = 0; n < channels; n++) status(node, `agent:${n}`, `s${round}`);
    node.run();
    node.now += 60_000;
    node.hub.tick();
  }
  expect(node.reads).toBe(0);
});
