import type { PublishResult } from "@signalbox/protocol";
import { describe, expect, test } from "vitest";
import { admin, FakeNode } from "./support/fake-node.ts";
import { Viewer } from "./support/viewer.ts";

const publishMany = (node: FakeNode, channel: string, from: number, to: number): void => {
  for (let n = from; n <= to; n++) node.publish(channel, { n });
};
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe("§4 subscribing", () => {
  test("§4.1 a new viewer of a quiet channel stands at its head and gets what comes", () => {
    const node = new FakeNode();
    publishMany(node, "agent:a", 1, 3);
    node.run();
    const viewer = new Viewer(node).open().subscribe({ channel: "agent:a" }, "q1");
    node.run();
    expect(viewer.updates("subscribed")).toEqual([
      { channel: "agent:a", state: "subscribed", epoch: "e1", offset: 3, recovered: true, head: 3 },
    ]);
    expect(viewer.controls[0]?.metadata?.correlationId).toBe("q1");
    publishMany(node, "agent:a", 4, 5);
    node.run();
    expect(viewer.offsets("agent:a")).toEqual([4, 5]);
  });

  test("§4.1 a channel nobody published to can be watched, and its first event arrives", () => {
    const node = new FakeNode();
    const viewer = new Viewer(node).open().subscribe({ channel: "agent:new", since: "earliest" });
    node.run();
    expect(viewer.updates("subscribed")[0]).toMatchObject({ epoch: "e1", offset: 0, recovered: true });
    publishMany(node, "agent:new", 1, 1);
    node.run();
    expect(viewer.offsets("agent:new")).toEqual([1]);
  });

  test("§4.1 the last n events", () => {
    const node = new FakeNode();
    publishMany(node, "agent:a", 1, 10);
    node.run();
    const viewer = new Viewer(node).open().subscribe({ channel: "agent:a", since: { last: 4 } });
    node.run();
    expect(viewer.offsets("agent:a")).toEqual([7, 8, 9, 10]);
  });

  test("§4.2 a client that resumes inside the kept history misses nothing, page after page", () => {
    const node = new FakeNode({ replayEvents: 7, tailEvents: 5 });
    publishMany(node, "agent:a", 1, 100);
    node.run();
    const viewer = new Viewer(node).open().subscribe({ channel: "agent:a", since: { epoch: "e1", offset: 10 } });
    node.run();
    expect(viewer.updates("subscribed")[0]).toMatchObject({ offset: 10, recovered: true });
    expect(viewer.offsets("agent:a")).toEqual(range(11, 100));
    expect(viewer.faults).toEqual([]);
  });

  test("§4.2 what is published while history is being read joins without a seam", () => {
    const node = new FakeNode({ replayEvents: 10, tailEvents: 4 });
    publishMany(node, "agent:a", 1, 50);
    node.run();
    const viewer = new Viewer(node).open().subscribe({ channel: "agent:a", since: "earliest" });
    for (let n = 51; n <= 80; n++) {
      publishMany(node, "agent:a", n, n);
      node.step();
    }
    node.run();
    expect(viewer.offsets("agent:a")).toEqual(range(1, 80));
  });

  test("§4.2 a resume within the tail asks the store for nothing", () => {
    const node = new FakeNode();
    const first = new Viewer(node).open().subscribe({ channel: "repo:a" });
    node.run();
    publishMany(node, "repo:a", 1, 100);
    node.run();
    const before = node.reads;
    const second = new Viewer(node).open().subscribe({ channel: "repo:a", since: { epoch: "e1", offset: 20 } });
    node.run();
    expect(second.offsets("repo:a")).toEqual(range(21, 100));
    expect(node.reads).toBe(before);
    expect(first.offsets("repo:a")).toEqual(range(1, 100));
  });

  test("§4.3 out of retention: the gap is described, the snapshot covers it, the kept rest follows", () => {
    const node = new FakeNode();
    for (let n = 1; n <= 20; n++) node.publish("agent:a", { status: `s${n}` }, n % 5 === 0 ? "agent_status" : "note");
    node.run();
    node.trim("agent:a", 12);
    node.restart();
    const viewer = new Viewer(node).open().subscribe({ channel: "agent:a", since: { epoch: "e1", offset: 4 } });
    node.run();
    const [update] = viewer.updates("subscribed");
    expect(update).toMatchObject({
      offset: 12,
      recovered: false,
      gap: {
        reason: "trimmed",
        epoch: "e1",
        from: 5,
        to: 12,
        counts: { note: 6, agent_status: 2 },
        countsFrom: 5,
      },
      snapshot: { reducer: "agent", offset: 20, state: { status: "s20" } },
    });
    expect(viewer.offsets("agent:a")).toEqual(range(13, 20));
  });

  test("§4.3 retention overtakes a running subscription: gap, counts and snapshot, then the rest", () => {
    const node = new FakeNode({ outboxBytes: 300, backlogBytes: 0, tailEvents: 4, replayEvents: 4 });
    const slow = new Viewer(node).open().subscribe({ channel: "agent:a" });
    node.run();
    slow.stalled = true;
    for (let n = 1; n <= 40; n++) node.publish("agent:a", { status: `s${n}` }, "agent_status");
    node.run();
    const had = slow.offsets("agent:a").length;
    node.trim("agent:a", 30);
    slow.stalled = false;
    slow.drain();
    node.run();
    const gap = { reason: "trimmed", epoch: "e1", from: had + 1, to: 30, counts: { agent_status: 30 - had } };
    expect(slow.updates("gap")).toMatchObject([
      { offset: 30, gap, snapshot: { offset: 40, state: { status: "s40" } } },
    ]);
    expect(slow.offsets("agent:a")).toEqual([...range(1, had), ...range(31, 40)]);
    expect(slow.faults).toEqual([]);
  });

  test("§4.3 earliest begins at the oldest kept event, and that is no gap", () => {
    const node = new FakeNode();
    publishMany(node, "agent:a", 1, 20);
    node.run();
    node.trim("agent:a", 12);
    node.restart();
    const viewer = new Viewer(node).open().subscribe({ channel: "agent:a", since: "earliest" });
    node.run();
    expect(viewer.updates("subscribed")[0]).toMatchObject({ offset: 12, recovered: true });
    expect(viewer.offsets("agent:a")).toEqual(range(13, 20));
  });

  test("§4.3 another epoch is said, and everything kept of the new one follows", () => {
    const node = new FakeNode();
    node.forgetEverything("e2");
    publishMany(node, "agent:a", 1, 3);
    node.run();
    const viewer = new Viewer(node).open().subscribe({ channel: "agent:a", since: { epoch: "e1", offset: 40 } });
    node.run();
    const gap = { reason: "epoch_changed", epoch: "e1", from: 41 };
    expect(viewer.updates("subscribed")[0]).toMatchObject({ epoch: "e2", offset: 0, recovered: false, gap });
    expect(viewer.offsets("agent:a")).toEqual([1, 2, 3]);
  });

  test("§4.4 a position beyond the head is refused with the real head", () => {
    const node = new FakeNode();
    publishMany(node, "agent:a", 1, 3);
    node.run();
    const viewer = new Viewer(node).open().subscribe({ channel: "agent:a", since: { epoch: "e1", offset: 9 } }, "q");
    node.run();
    const error = viewer.controls.find(({ type }) => type === "error");
    expect(error?.data).toMatchObject({ name: "position_beyond_head", details: { epoch: "e1", offset: 3 } });
    expect(error?.metadata?.correlationId).toBe("q");
    viewer.subscribe({ channel: "agent:a", since: "now" });
    node.run();
    expect(viewer.updates("subscribed")).toHaveLength(1);
  });

  test("§4.5 a filter's skips are accounted for", () => {
    const node = new FakeNode();
    const viewer = new Viewer(node).open().subscribe({ channel: "agent:a", filter: { types: ["wanted"] } });
    node.run();
    publishMany(node, "agent:a", 1, 3);
    node.publish("agent:a", {}, "wanted");
    node.run();
    expect(viewer.updates("position")).toEqual([{ channel: "agent:a", state: "position", epoch: "e1", offset: 3 }]);
    expect(viewer.offsets("agent:a")).toEqual([4]);
    expect(viewer.faults).toEqual([]);
  });

  test("§4.5 a filter on tags", () => {
    const node = new FakeNode();
    const viewer = new Viewer(node)
      .open()
      .subscribe({ channel: "agent:a", filter: { tags: { level: ["error", "fatal"] } } });
    node.run();
    for (const level of ["info", "error", "fatal"]) {
      node.hub.publish(
        [{ type: "note", channel: "agent:a", metadata: { tags: { level } } }],
        { principal: admin },
        () => {},
      );
    }
    node.run();
    expect(viewer.offsets("agent:a")).toEqual([2, 3]);
  });

  test("§4.7 a pattern joins the channels there are and those that come, each once", () => {
    const node = new FakeNode();
    publishMany(node, "agent:a", 1, 2);
    publishMany(node, "agent:b", 1, 1);
    publishMany(node, "process:p", 1, 1);
    node.run();
    const viewer = new Viewer(node).open().subscribe({ channel: "agent:*", since: "earliest" });
    publishMany(node, "agent:c", 1, 2);
    node.run();
    publishMany(node, "agent:d", 1, 1);
    publishMany(node, "agent:a", 3, 3);
    node.run();
    expect([...viewer.seen.keys()].sort()).toEqual(["agent:a", "agent:b", "agent:c", "agent:d"]);
    expect(viewer.offsets("agent:a")).toEqual([1, 2, 3]);
    expect(viewer.offsets("agent:c")).toEqual([1, 2]);
    expect(viewer.offsets("agent:d")).toEqual([1]);
    expect(viewer.updates("subscribed")[0]).toMatchObject({ channel: "agent:*", channels: 2 });
    expect(viewer.faults).toEqual([]);
  });

  test("§4.7 a concrete subscription takes over a pattern's delivery from where it asks", () => {
    const node = new FakeNode();
    publishMany(node, "agent:a", 1, 5);
    node.run();
    const viewer = new Viewer(node).open().subscribe({ channel: "agent:*" });
    node.run();
    viewer.subscribe({ channel: "agent:a", since: { epoch: "e1", offset: 2 } }, "again");
    node.run();
    expect(viewer.offsets("agent:a")).toEqual([3, 4, 5]);
    publishMany(node, "agent:a", 6, 6);
    node.run();
    expect(viewer.offsets("agent:a")).toEqual([3, 4, 5, 6]);
    viewer.session?.accept([{ type: "unsubscribe", data: { channel: "agent:a" } }]);
    publishMany(node, "agent:a", 7, 7);
    node.run();
    expect(viewer.offsets("agent:a"), "the pattern still wants it").toEqual([3, 4, 5, 6, 7]);
  });

  test("§4.7 of many channels the number comes in a second answer, once all were found", () => {
    const node = new FakeNode();
    for (let n = 0; n < 600; n++) publishMany(node, `agent:${n}`, 1, 1);
    node.run();
    const viewer = new Viewer(node).open().subscribe({ channel: "agent:*" }, "q");
    node.run();
    const answers = viewer.updates("subscribed").filter(({ channel }) => channel === "agent:*");
    expect(answers.map(({ channels, truncated }) => ({ channels, truncated }))).toEqual([
      { channels: undefined, truncated: undefined },
      { channels: 600, truncated: undefined },
    ]);
    expect(viewer.updates("subscribed")).toHaveLength(602);
  });

  test("§4.7 over its limit a pattern says that it is cut", () => {
    const node = new FakeNode({ patternChannels: 3 });
    for (let n = 0; n < 600; n++) publishMany(node, `agent:${String(n).padStart(3, "0")}`, 1, 1);
    node.run();
    const viewer = new Viewer(node).open().subscribe({ channel: "agent:*" });
    node.run();
    expect(viewer.updates("subscribed").at(-1)).toMatchObject({ channel: "agent:*", channels: 3, truncated: true });
    expect(node.hub.counts.subscriptions).toBe(3);
  });

  test("§4.8 a resource with short event names", () => {
    const node = new FakeNode();
    const viewer = new Viewer(node).open();
    viewer.subscribe({ resource: "agent", id: "a", events: ["status", "agent_log"] });
    node.run();
    for (const type of ["agent_status", "agent_log", "agent_metric"]) node.publish("agent:a", {}, type);
    node.run();
    expect(viewer.offsets("agent:a")).toEqual([1, 2]);
  });

  test("§4.9 after unsubscribe nothing more comes, and everything is given back", () => {
    const node = new FakeNode();
    const viewer = new Viewer(node).open().subscribe({ channel: "agent:a" }).subscribe({ channel: "agent:*" });
    node.run();
    viewer.session?.accept([
      { type: "unsubscribe", data: { channel: "agent:a" } },
      { type: "unsubscribe", data: { channel: "agent:*" } },
      { type: "unsubscribe", data: { channel: "agent:a" } },
    ]);
    publishMany(node, "agent:a", 1, 2);
    node.run();
    expect(viewer.seen.size).toBe(0);
    expect(viewer.errors()).toEqual(["not_subscribed"]);
    expect(node.hub.counts).toMatchObject({ sessions: 1, subscriptions: 0 });
  });

  test("§4.10 a viewer that does not read is paused, then goes on from history without loss", () => {
    const node = new FakeNode({ outboxBytes: 2_000, tailEvents: 16, replayEvents: 8 });
    const slow = new Viewer(node).open().subscribe({ channel: "agent:a" });
    const healthy = new Viewer(node).open().subscribe({ channel: "agent:a" });
    node.run();
    slow.stalled = true;
    publishMany(node, "agent:a", 1, 500);
    node.run();
    expect(slow.offsets("agent:a").length).toBeLessThan(40);
    expect(healthy.offsets("agent:a")).toEqual(range(1, 500));
    slow.stalled = false;
    slow.drain();
    node.run();
    expect(slow.offsets("agent:a")).toEqual(range(1, 500));
  });

  test("§4.10 an outbox that never drains is closed with slow_consumer", () => {
    const node = new FakeNode({ outboxBytes: 100, stallMs: 30_000 });
    const slow = new Viewer(node).open().subscribe({ channel: "agent:a" });
    node.run();
    slow.stalled = true;
    publishMany(node, "agent:a", 1, 10);
    node.run();
    node.now += 29_999;
    node.hub.tick();
    expect(slow.closedWith).toBeUndefined();
    node.now += 1;
    node.hub.tick();
    expect(slow.closedWith).toBe("slow_consumer");
    expect(node.hub.counts).toMatchObject({ sessions: 0, subscriptions: 0 });
  });
});

describe("§5 publishing", () => {
  const publish = (node: FakeNode, drafts: Parameters<typeof node.hub.publish>[0]): PublishResult[] => {
    let results: PublishResult[] = [];
    node.hub.publish(drafts, { principal: admin }, (answer) => {
      results = answer;
    });
    node.run();
    return results;
  };

  test("§5.1 one result for each event, in order, the refused among the kept", () => {
    const node = new FakeNode();
    const results = publish(node, [
      { type: "note", id: "1", channel: "agent:a" },
      { type: "note", id: "2", channel: "nowhere:a" },
      { type: "note", id: "3" },
      { type: "note", id: "4", channel: "agent:a b" },
      { type: "note", id: "5", channel: "agent:a" },
    ]);
    const short = results.map((result) =>
      "error" in result ? [result.id, result.error.name] : [result.id, result.offset],
    );
    expect(short).toEqual([
      ["1", 1],
      ["2", "unknown_namespace"],
      ["3", "channel_required"],
      ["4", "invalid_channel"],
      ["5", 2],
    ]);
  });

  test("§1.2 unknown members survive, a sender's own position does not", () => {
    const node = new FakeNode();
    const viewer = new Viewer(node).open().subscribe({ channel: "agent:a" });
    node.run();
    const draft = { type: "note", channel: "agent:a", data: { x: 1 }, future: [1], epoch: "zz", offset: 99 };
    publish(node, [draft]);
    const kept = node.histories.get("agent:a")?.events[0];
    expect(JSON.parse(kept?.body ?? "")).toMatchObject({ type: "note", data: { x: 1 }, future: [1] });
    expect(kept?.body.startsWith('{"id":')).toBe(true);
    expect(viewer.positions.get("agent:a")).toEqual({ epoch: "e1", offset: 1 });
  });

  test("§5.6 ephemeral events reach those present and are not kept", () => {
    const node = new FakeNode();
    const viewer = new Viewer(node).open().subscribe({ channel: "agent:a" });
    node.run();
    const [result] = publish(node, [{ type: "presence_typing", channel: "agent:a" }]);
    expect(result).not.toHaveProperty("offset");
    expect(viewer.passed).toHaveLength(1);
    expect(node.histories.has("agent:a")).toBe(false);
  });

  test("§5.7 when the store fails nothing is acknowledged", () => {
    const node = new FakeNode();
    node.broken = { failed: "unavailable", message: "disk full" };
    const [result] = publish(node, [{ type: "note", channel: "agent:a" }]);
    expect(result).toMatchObject({ error: { name: "unavailable", temporary: true } });
  });
});

describe("§3 the connection", () => {
  test("§3.2 before a token only auth is served; what was sent with it is served after", () => {
    const node = new FakeNode();
    const viewer = new Viewer(node);
    viewer.session = node.hub.open(viewer, undefined, { transport: "test" });
    viewer.subscribe({ channel: "agent:a" });
    expect(viewer.errors()).toEqual(["unauthenticated"]);
    viewer.session.accept([
      { type: "auth_request", id: "a", data: { token: "good" } },
      { type: "subscribe", data: { channel: "agent:a" } },
    ]);
    node.run();
    expect(viewer.controls.map(({ type }) => type)).toEqual(["error", "auth_success", "subscription_update"]);
  });

  test("§3.2 a wrong token is told so and closed", () => {
    const node = new FakeNode();
    const viewer = new Viewer(node);
    viewer.session = node.hub.open(viewer, undefined, { transport: "test" });
    viewer.session.accept([{ type: "auth_request", data: { token: "bad" } }]);
    node.run();
    expect(viewer.controls.map(({ type }) => type)).toEqual(["auth_failure"]);
    expect(viewer.closedWith).toBe("unauthorized");
    expect(node.hub.counts.sessions).toBe(0);
  });

  test("§3.2 no token in time", () => {
    const node = new FakeNode();
    const viewer = new Viewer(node);
    viewer.session = node.hub.open(viewer, undefined, { transport: "test" });
    node.now += 5_000;
    node.hub.tick();
    expect(viewer.closedWith).toBe("auth_timeout");
  });

  test("§3.5 invalid messages are named, and too many end it", () => {
    const node = new FakeNode({ badMessages: 3 });
    const viewer = new Viewer(node).open();
    viewer.session?.receive('{"type":"Bad Type","id":"m1"}');
    expect(viewer.controls[0]?.data).toMatchObject({ name: "invalid_message", details: { path: "/type" } });
    expect(viewer.controls[0]?.metadata).toEqual({ correlationId: "m1" });
    viewer.session?.receive('{"type":7}');
    viewer.session?.receive('{"type":"ack"}');
    expect(viewer.closedWith).toBe("too_many_errors");
  });

  test("§3.5 what is not JSON ends it", () => {
    const node = new FakeNode();
    const viewer = new Viewer(node).open();
    viewer.session?.receive("{oops");
    expect(viewer.closedWith).toBe("bad_message");
  });

  test("§3.4 ping is answered with its id", () => {
    const node = new FakeNode();
    const viewer = new Viewer(node).open();
    viewer.session?.receive('{"type":"ping","id":"p1"}');
    expect(viewer.controls[0]).toMatchObject({ type: "pong", metadata: { correlationId: "p1" } });
  });

  test("a request that needs nothing from outside settles at once", () => {
    const node = new FakeNode();
    const viewer = new Viewer(node).open();
    viewer.session?.accept([{ type: "ping" }]);
    expect(viewer.settledTimes).toBe(1);
    viewer.subscribe({ channel: "agent:a" });
    expect(viewer.settledTimes).toBe(1);
    node.run();
    expect(viewer.settledTimes).toBe(2);
  });
});

test("a thousand subscribe and unsubscribe cycles leave nothing behind", () => {
  const node = new FakeNode();
  const viewer = new Viewer(node).open();
  for (let n = 0; n < 1_000; n++) {
    viewer.subscribe({ channel: `agent:${n}` });
    node.run();
    viewer.session?.accept([{ type: "unsubscribe", data: { channel: `agent:${n}` } }]);
  }
  node.now += 60_000;
  node.hub.tick();
  expect(node.hub.counts).toEqual({ sessions: 1, subscriptions: 0, channels: 0 });
});

test("§4.9 a subscribe that is taken back before its answer has one all the same, before the unsubscribe's", () => {
  const node = new FakeNode();
  node.publish("agent:a", {});
  node.run();
  const viewer = new Viewer(node).open();
  viewer.session?.accept([
    { type: "subscribe", id: "one", data: { channel: "agent:a", since: "earliest" } },
    { type: "unsubscribe", id: "two", data: { channel: "agent:a" } },
    { type: "subscribe", id: "three", data: { channel: "agent:*" } },
    { type: "unsubscribe", id: "four", data: { channel: "agent:*" } },
  ]);
  node.run();
  const answers = viewer.controls.map(({ data, metadata }) => [
    metadata?.correlationId,
    (data as { state: string }).state,
  ]);
  expect(answers).toEqual(["one", "two", "three", "four"].map((id) => [id, "unsubscribed"]));
  viewer.subscribe({ channel: "agent:a" }, "five");
  node.run();
  viewer.session?.accept([{ type: "unsubscribe", id: "six", data: { channel: "agent:a" } }]);
  expect(viewer.controls.slice(4).map(({ metadata }) => metadata?.correlationId)).toEqual(["five", "six"]);
});
