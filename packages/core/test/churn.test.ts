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
  const channel = new Channel("agent:a", { maxEvents: 512, maxBytes: 1_048_576, lateEvents: 10, room, lanes });
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
});
