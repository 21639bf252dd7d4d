/** §4.12 the clock is the test's; late.property.test.ts has what is published meanwhile in every order. */
import { expect, test } from "vitest";
import { FakeNode } from "./support/fake-node.ts";
import { Viewer } from "./support/viewer.ts";

const channel = "process:p";

const publish = (node: FakeNode, count: number, type: string, name = channel, data: object = {}): void => {
  for (let n = 0; n < count; n++) node.publish(name, { n, ...data }, type);
  node.run();
};

function watching(node: FakeNode, ...all: Array<Parameters<Viewer["subscribe"]>[0]>): Viewer {
  const viewer = new Viewer(node).open();
  for (const one of all) viewer.subscribe(one);
  node.run();
  return viewer;
}

test("§4.12 the first publication comes at once, the next ones together when the period is over", () => {
  const node = new FakeNode();
  const viewer = watching(node, { channel, maxHz: 2 });
  publish(node, 1, "note");
  expect(viewer.offsets(channel)).toEqual([1]);
  publish(node, 5, "note");
  publish(node, 5, "process_output");
  node.pass(499);
  expect(viewer.offsets(channel)).toEqual([1]);
  node.pass(20);
  expect(viewer.offsets(channel)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  publish(node, 1, "note");
  expect(viewer.offsets(channel)).toHaveLength(11);
  node.pass(520);
  expect(viewer.offsets(channel)).toHaveLength(12);
  // After a rest the next one comes at once again.
  node.pass(2_000);
  publish(node, 1, "note");
  expect(viewer.offsets(channel)).toHaveLength(13);
  expect(viewer.faults).toEqual([]);
});

test("§4.12 of gauges comes the newest of each key, and the others are accounted for by a position", () => {
  const node = new FakeNode();
  const viewer = watching(node, { channel, maxHz: 10 });
  publish(node, 1, "note");
  for (const key of ["cpu", "mem", "cpu"]) publish(node, 2, "gauge", channel, { key });
  publish(node, 1, "process_output");
  node.pass(110);
  expect(viewer.offsets(channel)).toEqual([1, 5, 7, 8]);
  expect(viewer.updates("position").map(({ offset }) => offset)).toEqual([4, 6]);
  expect(viewer.gaps).toEqual([]);
  expect(viewer.faults).toEqual([]);
});

test("§4.12 the channels of a pattern share their period", () => {
  const node = new FakeNode();
  const viewer = watching(node, { channel: "process:*", maxHz: 4 });
  for (const name of ["process:a", "process:b", "process:c"]) publish(node, 2, "note", name);
  const count = (): number => [...viewer.seen.values()].flat().length;
  // A channel begins with a replay of what made it known.
  const before = count();
  node.pass(300);
  expect(count()).toBe(6);
  for (const name of ["process:a", "process:b", "process:c"]) publish(node, 2, "note", name);
  expect(count()).toBe(6);
  node.pass(260);
  expect(count()).toBe(12);
  expect(before).toBeLessThan(6);
  expect(viewer.faults).toEqual([]);
});

test("§4.12 with several owners of one delivery the fastest counts, and one without a limit ends it", () => {
  const node = new FakeNode();
  const viewer = watching(node, { channel, maxHz: 1 }, { channel: "process:*", maxHz: 10 });
  publish(node, 2, "note");
  node.pass(110);
  expect(viewer.offsets(channel)).toEqual([1, 2]);
  viewer.session?.accept([{ type: "unsubscribe", data: { channel: "process:*" } }]);
  publish(node, 2, "note");
  node.pass(110);
  expect(viewer.offsets(channel).length).toBeLessThan(4);
  node.pass(1_100);
  expect(viewer.offsets(channel)).toEqual([1, 2, 3, 4]);
  viewer.subscribe({ channel: "*" });
  publish(node, 3, "note");
  expect(viewer.offsets(channel)).toEqual([1, 2, 3, 4, 5, 6, 7]);
});

test("§4.12 what the filter skips uses up no period", () => {
  const node = new FakeNode();
  const viewer = watching(node, { channel, maxHz: 1, filter: { types: ["note"] } });
  publish(node, 5, "process_output");
  publish(node, 1, "note");
  expect(viewer.offsets(channel)).toEqual([6]);
});

test("§4.12 a replay is not held back", () => {
  const node = new FakeNode({ tailEvents: 3 });
  publish(node, 50, "gauge", channel, { key: "a" });
  const viewer = watching(node, { channel, maxHz: 0.01, since: "earliest" });
  expect(viewer.offsets(channel)).toHaveLength(50);
});

test("§4.12 more than may wait for those who hold back comes whole, and nobody is closed for it", () => {
  const node = new FakeNode({ backlogEvents: 10, tailEvents: 5 });
  const viewer = watching(node, { channel, maxHz: 1 });
  publish(node, 40, "note");
  expect(viewer.closedWith).toBeUndefined();
  node.pass(1_100);
  expect(viewer.offsets(channel)).toHaveLength(40);
  expect(viewer.faults).toEqual([]);
});

test("§4.12 a thousand subscriptions have one timer", () => {
  const node = new FakeNode();
  let timers = 0;
  const { after } = node;
  node.after = (ms, run) => {
    timers++;
    after.call(node, ms, run);
  };
  const viewers = Array.from({ length: 1_000 }, () => watching(node, { channel, maxHz: 4 }));
  publish(node, 2, "note");
  expect(timers).toBe(1);
  node.pass(300);
  for (const viewer of viewers) expect(viewer.offsets(channel)).toEqual([1, 2]);
});

test("§4.12 nobody overtakes those who wait for the period's end, though it is over already", () => {
  const node = new FakeNode();
  const [a, b] = ["process:a", "process:b"];
  const viewer = watching(node, { channel: "process:*", maxHz: 2 });
  for (const name of [a, b]) publish(node, 1, "note", name);
  node.pass(2_000);
  publish(node, 1, "note", a);
  publish(node, 1, "note", b);
  const held = viewer.offsets(b).length;
  // Over, and the timer has not fired yet.
  node.now += 501;
  publish(node, 1, "note", a);
  expect(viewer.offsets(a)).toEqual([1, 2]);
  node.pass(20);
  expect(viewer.offsets(a)).toEqual([1, 2, 3]);
  expect(viewer.offsets(b)).toHaveLength(held + 1);
});
