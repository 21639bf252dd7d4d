/** §4.10 one case at a time; late.property.test.ts has all of them at once. */
import { expect, test } from "vitest";
import { SharedPublication } from "../src/index.ts";
import { FakeNode } from "./support/fake-node.ts";
import { Viewer } from "./support/viewer.ts";

const channel = "process:p";

/** A viewer whose outbox is as full as the test says. */
function watching(node: FakeNode, subscribe: Partial<Parameters<Viewer["subscribe"]>[0]> = {}): Viewer {
  const viewer = new Viewer(node).open().subscribe({ channel, ...subscribe });
  node.run();
  return viewer;
}

/** The window is 1,000 bytes, and nothing but the test fills it. */
const nodeOf = (limits: ConstructorParameters<typeof FakeNode>[0] = {}): FakeNode =>
  new FakeNode({ outboxBytes: 1_000, ...limits });

const lines = (node: FakeNode, count: number): void => {
  for (let n = 0; n < count; n++) node.publish(channel, { n }, "process_output");
  node.run();
};

/** From now on its outbox counts how often it is asked how full it is. */
function fullTo(bytes: number, viewer: Viewer, asked: () => void): Viewer {
  const get = (): number => {
    asked();
    return bytes;
  };
  return Object.defineProperty(viewer, "waitingBytes", { get });
}

const drain = (node: FakeNode, viewer: Viewer): void => {
  viewer.drain();
  node.run();
};

test("§4.10 a late viewer gets a gap with counts in place of log lines, then goes on live", () => {
  const node = nodeOf();
  const viewer = watching(node);
  lines(node, 2);
  viewer.waitingBytes = 750;
  lines(node, 100);
  expect(viewer.offsets(channel)).toEqual([1, 2]);
  drain(node, viewer);
  lines(node, 1);
  expect(viewer.updates("gap")).toEqual([
    {
      channel,
      state: "gap",
      epoch: "e1",
      offset: 102,
      gap: { reason: "slow", epoch: "e1", from: 3, to: 102, counts: { process_output: 100 } },
    },
  ]);
  expect(viewer.offsets(channel)).toEqual([1, 2, 103]);
  expect(viewer.session?.health()).toEqual({
    queuedBytes: 0,
    windowBytes: 1_000,
    behind: 0,
    dropped: { coalesce: 100, latest: 0 },
  });
});

test("§4.10 what must arrive overtakes log lines that wait, at once, behind the gap that explains it", () => {
  const node = nodeOf();
  const viewer = watching(node);
  viewer.waitingBytes = 750;
  lines(node, 10);
  node.publish(channel, {}, "process_stopped");
  node.run();
  expect(viewer.gaps).toMatchObject([{ from: 1, to: 10 }]);
  expect(viewer.offsets(channel)).toEqual([11]);
  expect(viewer.faults).toEqual([]);
});

test("§4.10 every lossless event arrives, in order, with what lies between as gaps", () => {
  const node = nodeOf({ tailEvents: 3, backlogBytes: 200, replayEvents: 4 });
  const viewer = watching(node);
  viewer.waitingBytes = 1_000;
  for (let n = 1; n <= 8; n++) {
    lines(node, n);
    node.publish(channel, { n }, "note");
  }
  node.run();
  expect(viewer.offsets(channel)).toEqual([]);
  expect(viewer.session?.health().behind).toBe(1);
  drain(node, viewer);
  expect(viewer.seen.get(channel)?.map(({ data }) => data)).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((n) => ({ n })));
  expect(viewer.gaps.map(({ counts }) => counts)).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((n) => ({ process_output: n })));
  expect(viewer.faults).toEqual([]);
});

test("§4.10 of gauges only the newest of each key arrives", () => {
  const node = nodeOf();
  const viewer = watching(node);
  viewer.waitingBytes = 500;
  for (const [key, value] of [
    ["cpu", 1],
    ["mem", 2],
    ["cpu", 3],
    ["cpu", 4],
    ["mem", 5],
  ]) {
    node.publish(channel, { key, value }, "gauge");
  }
  node.run();
  drain(node, viewer);
  expect(viewer.offsets(channel)).toEqual([4, 5]);
  expect(viewer.gaps).toMatchObject([{ from: 1, to: 3, counts: { gauge: 3 } }]);
});

test("§4.10 counts are of the types that the filter lets through; where there are none, a position is stated", () => {
  const node = nodeOf();
  const notes = watching(node, { filter: { types: ["note"] } });
  const output = watching(node, { filter: { types: ["process_output", "gauge"] } });
  for (const viewer of [notes, output]) viewer.waitingBytes = 1_000;
  lines(node, 5);
  node.publish(channel, {}, "note");
  node.publish(channel, { key: "a" }, "gauge");
  lines(node, 5);
  node.publish(channel, { key: "a" }, "gauge");
  node.run();
  for (const viewer of [notes, output]) drain(node, viewer);
  expect(notes.gaps).toEqual([]);
  expect(notes.offsets(channel)).toEqual([6]);
  expect(notes.positions.get(channel)?.offset).toBe(13);
  expect(output.gaps).toMatchObject([{ from: 1, to: 12, counts: { process_output: 10, gauge: 1 } }]);
  expect(output.offsets(channel)).toEqual([13]);
  for (const viewer of [notes, output]) expect(viewer.faults).toEqual([]);
});

test("§4.10 a replay that was asked for by since skips nothing, however slowly it is read", () => {
  const node = nodeOf({ tailEvents: 3 });
  lines(node, 50);
  const viewer = new Viewer(node).open();
  viewer.stalled = true;
  viewer.subscribe({ channel, since: "earliest" });
  node.run();
  for (let n = 0; n < 200 && viewer.offsets(channel).length < 50; n++) drain(node, viewer);
  expect(viewer.offsets(channel)).toHaveLength(50);
  expect(viewer.gaps).toEqual([]);
});

test("§4.10 the snapshot comes with the gap for those who asked for it, and is not older than the gap", () => {
  const node = nodeOf();
  const [asked, other] = [watching(node, { snapshot: true }), watching(node)];
  for (const viewer of [asked, other]) viewer.waitingBytes = 1_000;
  lines(node, 5);
  for (const viewer of [asked, other]) drain(node, viewer);
  expect(asked.updates("gap")[0]).toMatchObject({ offset: 5, snapshot: { reducer: "process", offset: 5 } });
  expect(other.updates("gap")[0]).toMatchObject({ offset: 5 });
  expect(other.updates("gap")[0]).not.toHaveProperty("snapshot");
});

test("§4.10 one that has more than may wait before it is closed slow_consumer, and resumes without loss", () => {
  const node = nodeOf({ backlogEvents: 10 });
  const viewer = watching(node);
  viewer.waitingBytes = 1_000;
  for (let n = 1; n <= 10; n++) node.publish(channel, { n });
  lines(node, 100);
  expect(viewer.closedWith).toBeUndefined();
  node.publish(channel, { n: 11 });
  node.run();
  expect(viewer.closedWith).toBe("slow_consumer");
  viewer.open().resume(channel);
  node.run();
  expect(viewer.offsets(channel)).toEqual(Array.from({ length: 111 }, (_, i) => i + 1));
  expect(viewer.faults).toEqual([]);
});

test("§4.10 when there is room again, what must arrive goes first, then logs, then gauges", () => {
  const node = nodeOf();
  const names = ["agent:gauges", "agent:logs", "agent:facts"];
  const viewer = new Viewer(node).open();
  for (const name of names) viewer.subscribe({ channel: name });
  node.run();
  viewer.waitingBytes = 1_000;
  node.publish("agent:gauges", { key: "a" }, "gauge");
  node.publish("agent:logs", {}, "agent_log");
  node.publish("agent:facts", {});
  node.run();
  const order: string[] = [];
  viewer.publication = ({ channel: name }) => order.push(name);
  const { control } = viewer;
  viewer.control = (message) => {
    if (message.type === "subscription_update") order.push(Reflect.get(Object(message.data), "channel"));
    control.call(viewer, message);
  };
  drain(node, viewer);
  expect(order).toEqual(["agent:facts", "agent:logs", "agent:gauges"]);
});

test("A23 a thousand late viewers cost a publication nothing: nobody asks their outboxes anything", () => {
  const node = nodeOf();
  let asked = 0;
  const viewers = Array.from({ length: 1_000 }, () => fullTo(1_000, watching(node), () => asked++));
  lines(node, 1);
  expect(asked).toBeGreaterThanOrEqual(1_000);
  asked = 0;
  for (let n = 0; n < 50; n++) {
    lines(node, 10);
    node.publish(channel, { n });
    node.publish(channel, { key: n % 3 }, "gauge");
  }
  node.run();
  expect(asked).toBe(0);
  expect(viewers.every((viewer) => viewer.seen.size === 0)).toBe(true);
  for (const viewer of viewers) viewer.cut();
});

test("A23 those who have room for what must arrive are tried once for each of it, and for nothing else", () => {
  const node = nodeOf();
  let asked = 0;
  const viewers = Array.from({ length: 100 }, () => fullTo(800, watching(node), () => asked++));
  lines(node, 1);
  asked = 0;
  lines(node, 1_000);
  expect(asked).toBe(0);
  node.publish(channel, {}, "process_stopped");
  node.run();
  for (const viewer of viewers) expect(viewer.offsets(channel)).toEqual([1_002]);
  expect(asked).toBeLessThan(1_000);
});

test("§4.10 an event that was missed is not held in memory, nor one that all have; nobody late, no backlog", () => {
  const node = nodeOf();
  const viewer = watching(node);
  const { session } = viewer;
  if (session === undefined) throw new Error("no session");
  const watched = node.hub.enter(channel, session).channel;
  viewer.waitingBytes = 1_000;
  lines(node, 100);
  for (let n = 0; n < 100; n++) node.publish(channel, { key: n % 3 }, "gauge");
  for (let n = 0; n < 5; n++) node.publish(channel, { n });
  node.run();
  expect(watched.backlog?.kept).toBe(3 + 5);
  drain(node, viewer);
  expect(watched.backlog).toBeUndefined();
});

test("§4.10 a late one that unsubscribes gets nothing more; one whose history is asked for gets it all", () => {
  const node = nodeOf();
  const [left, rewound] = [watching(node), watching(node)];
  const { session } = rewound;
  if (session === undefined) throw new Error("no session");
  const watched = node.hub.enter(channel, session).channel;
  for (const viewer of [left, rewound]) viewer.waitingBytes = 800;
  lines(node, 5);
  expect(watched.eager.size).toBe(2);
  left.session?.accept([{ type: "unsubscribe", data: { channel } }]);
  left.waitingBytes = 0;
  rewound.waitingBytes = 0;
  rewound.subscribe({ channel: "process:*", positions: { [channel]: { epoch: "e1", offset: 0 } } });
  node.run();
  expect([watched.eager.size, watched.backlog]).toEqual([0, undefined]);
  lines(node, 1);
  expect(left.offsets(channel)).toEqual([]);
  expect(rewound.offsets(channel)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(rewound.gaps).toEqual([]);
});

test("§3.10 pong says how the connection fares", () => {
  const node = nodeOf();
  const viewer = watching(node);
  viewer.waitingBytes = 900;
  lines(node, 7);
  viewer.session?.accept([{ type: "ping", id: "p" }]);
  expect(viewer.controls.at(-1)).toMatchObject({
    type: "pong",
    metadata: { correlationId: "p" },
    data: { queuedBytes: 900, windowBytes: 1_000, behind: 1, dropped: { coalesce: 0, latest: 0 } },
  });
});

test("§4.10 what a late viewer was sent does not count as before it", () => {
  const node = nodeOf();
  const viewer = watching(node);
  const { session } = viewer;
  if (session === undefined) throw new Error("no session");
  const watched = node.hub.enter(channel, session).channel;
  viewer.stalled = true;
  for (let n = 0; n < 40; n++) node.publish(channel, { n });
  node.run();
  viewer.waitingBytes = 700;
  session.drained();
  node.run();
  const had = viewer.offsets(channel).length;
  expect(had).toBeLessThan(40);
  expect(watched.backlog?.kept).toBe(40 - had);
});

test("§4.7 a late delivery that somebody wants from an earlier position is rewound, and nothing of it is missed", () => {
  const node = nodeOf();
  lines(node, 3);
  const viewer = watching(node);
  viewer.waitingBytes = 1_000;
  lines(node, 5);
  viewer.waitingBytes = 0;
  viewer.subscribe({ channel: "process:*", since: "earliest" });
  node.run();
  expect(viewer.offsets(channel)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(viewer.gaps).toEqual([]);
});

test("§4.3 another epoch begins while a viewer is late: that is what it is told, and all of the new one", () => {
  const node = nodeOf();
  const viewer = watching(node);
  viewer.waitingBytes = 1_000;
  lines(node, 5);
  const body = JSON.stringify({ id: "1", type: "process_output", timestamp: 1, data: {} });
  for (let offset = 1; offset <= 3; offset++) {
    const kept = { offset, type: "process_output", timestampMs: 1, body };
    node.hub.committed([new SharedPublication(channel, "e2", kept)]);
  }
  drain(node, viewer);
  expect(viewer.gaps.map(({ reason, from }) => [reason, from])).toEqual([["epoch_changed", 1]]);
  expect(viewer.offsets(channel)).toEqual([1, 2, 3]);
});

test("§4.10 log lines that wait are not hurried by what their viewer does not want", () => {
  const node = nodeOf();
  const viewer = watching(node, { filter: { types: ["process_output"] } });
  viewer.waitingBytes = 800;
  lines(node, 3);
  node.publish(channel, {}, "note");
  lines(node, 3);
  expect(viewer.gaps).toEqual([]);
  drain(node, viewer);
  expect(viewer.gaps).toMatchObject([{ from: 1, to: 7, counts: { process_output: 6 } }]);
});
