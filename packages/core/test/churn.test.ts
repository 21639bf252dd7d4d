/** What came and went leaves nothing behind. */
import { expect, test } from "vitest";
import { Channel } from "../src/channel.ts";
import { Lanes } from "../src/lanes.ts";
import { SharedPublication } from "../src/publication.ts";
import { FakeNode } from "./support/fake-node.ts";
import { Viewer } from "./support/viewer.ts";

test("after a thousand connections with names, unknown names and patterns nothing is held", () => {
  const node = new FakeNode();
  for (let n = 0; n < 20; n++) node.publish(`agent:there-${n}`, { n });
  node.run();
  for (let n = 0; n < 1_000; n++) {
    const viewer = new Viewer(node).open();
    const names = [`agent:there-${n % 20}`, `agent:nobody-${n}`, "agent:there-1*", "process:*"];
    for (const channel of names) viewer.subscribe({ channel, snapshot: n % 3 === 0 });
    if (n % 4 === 0) node.run();
    if (n % 2 === 0) viewer.cut();
    else {
      for (const channel of names) viewer.session?.receive(JSON.stringify({ type: "unsubscribe", data: { channel } }));
      node.run();
      expect(node.hub.subscribers(`agent:nobody-${n}`)).toBe(0);
      viewer.cut();
    }
  }
  node.run();
  node.now += 60_000;
  node.hub.tick();
  expect(node.hub.counts).toEqual({ sessions: 0, subscriptions: 0, channels: 0 });
});

test("a channel that falls silent lets its tail go, and who is behind reads the store", () => {
  const lanes = new Lanes({ deliveryOf: () => "lossless", keyOf: (type) => type });
  const room = { leftBytes: 0 };
  const tails = { leftBytes: 1_000_000 };
  const channel = new Channel("agent:a", { maxEvents: 512, maxBytes: 1_048_576, lateEvents: 10, room, tails, lanes });
  channel.stand("e1", 0);
  const push = (offset: number): boolean =>
    channel.push(new SharedPublication("agent:a", "e1", { offset, type: "note", timestampMs: 0, body: "{}" }));
  for (let offset = 1; offset <= 10; offset++) push(offset);
  channel.cool();
  expect(channel.tailFloor).toBe(1);
  channel.cool();
  expect(channel.tailFloor).toBe(11);
  expect(channel.top).toBe(10);
  expect(push(11)).toBe(true);
  expect(channel.tailFloor).toBe(11);
  channel.end();
  expect(tails.leftBytes).toBe(1_000_000);
});

test("tails of all channels together have a limit: over it one has its newest event, and silent ones make room", () => {
  const node = new FakeNode({ tailsBytes: 2_000 });
  const viewer = new Viewer(node).open().subscribe({ channel: "agent:*" });
  node.run();
  const publish = (name: string, count: number): void => {
    for (let n = 0; n < count; n++) node.publish(name, { n });
    node.run();
  };
  const events = (name: string): number => {
    const { session } = viewer;
    if (session === undefined) throw new Error("not connected");
    const { channel } = node.hub.enter(name, session);
    return channel.top + 1 - channel.tailFloor;
  };
  publish("agent:silent", 100);
  const before = events("agent:silent");
  expect(before).toBeGreaterThan(5);
  expect(before).toBeLessThan(100);
  publish("agent:busy", 50);
  expect(events("agent:busy")).toBe(1);
  node.hub.tick();
  publish("agent:busy", 1);
  node.hub.tick();
  expect(events("agent:silent")).toBe(0);
  publish("agent:busy", 50);
  expect(events("agent:busy")).toBeGreaterThan(5);
  // Nothing of that is seen outside.
  expect(viewer.offsets("agent:busy")).toEqual(Array.from({ length: 101 }, (_, index) => index + 1));
  expect(viewer.faults).toEqual([]);
});
