import { describe, expect, test } from "vitest";
import { compileHiding } from "../../src/index.ts";
import { admin, FakeNode, somebody } from "../support/fake-node.ts";
import { OverviewClient } from "../support/overview.ts";

const beatMs = 250;

const busy = (node: FakeNode, agent: string, progress: number): void =>
  node.publish(
    `agent:${agent}`,
    { status: "busy", currentTask: { id: "t", title: "build", progress } },
    "agent_status",
  );

/** Ids are counted; asking takes one. */
const idOf = (node: FakeNode): number => Number(node.newId().slice("id-".length));

const reader = (id: string, channels: string) => somebody(id, [{ channels, verbs: ["subscribe", "history"] }]);

describe("§4.13 states", () => {
  test("first come the states of all channels there are, then the answer, then what changes", () => {
    const node = new FakeNode();
    busy(node, "a", 1);
    busy(node, "b", 2);
    node.publish("repo:x", {});
    node.run();
    const client = new OverviewClient(node, admin).ask("agent:*");
    node.run();
    expect(client.given.flatMap(({ texts }) => texts.map((text) => JSON.parse(text).data))).toMatchObject([
      { channel: "agent:a", pattern: "agent:*", reducer: "agent", epoch: "e1", offset: 1, state: { status: "busy" } },
      { channel: "agent:b", pattern: "agent:*", state: { task: { progress: 2 } } },
    ]);
    expect(client.answers).toEqual([
      { channel: "agent:*", states: true, state: "subscribed", epoch: "", offset: 0, channels: 2 },
    ]);
    busy(node, "b", 3);
    busy(node, "new", 4);
    node.pass(beatMs);
    expect(client.stateOf("agent:b")).toMatchObject({ task: { progress: 3 } });
    expect(client.stateOf("agent:new")).toMatchObject({ task: { progress: 4 } });
    expect(client.faults).toEqual([]);
  });

  test("a thousand changes between two beats are one state", () => {
    const node = new FakeNode();
    const client = new OverviewClient(node, admin).ask("agent:a");
    node.pass(beatMs);
    for (let n = 1; n <= 1_000; n++) busy(node, "a", n);
    node.pass(beatMs);
    expect(client.whole).toBe(1);
    expect(client.had.get("agent:a")).toMatchObject({ offset: 1_000, state: { task: { progress: 1_000 } } });
    expect(client.had.get("agent:a")).not.toHaveProperty("pattern");
  });

  test.each([
    [1, 1],
    [4, 4],
    [20, 20],
    [60, 20],
    [3, 2],
  ])("maxHz %d: %d times a second at most", (maxHz, times) => {
    const node = new FakeNode();
    const client = new OverviewClient(node, admin).ask("agent:a", { maxHz });
    node.pass(1_000);
    for (let n = 1; n <= 1_000; n++) {
      busy(node, "a", n);
      node.pass(1);
    }
    node.pass(1_000 / times);
    expect(client.whole).toBeGreaterThanOrEqual(times);
    expect(client.whole).toBeLessThanOrEqual(times + 1);
    expect(client.stateOf("agent:a")).toMatchObject({ task: { progress: 1_000 } });
  });

  test("patches come to those who want them, where they are smaller", () => {
    const node = new FakeNode();
    busy(node, "a", 1);
    node.run();
    const plain = new OverviewClient(node, admin).ask("agent:*");
    const patched = new OverviewClient(node, admin).ask("agent:*", { patches: true });
    node.run();
    for (let n = 2; n <= 20; n++) {
      busy(node, "a", n);
      node.pass(beatMs);
    }
    expect([plain.whole, plain.patched, patched.whole, patched.patched]).toEqual([20, 0, 1, 19]);
    expect(patched.had.get("agent:a")).toEqual({
      ...plain.had.get("agent:a"),
      since: 19,
      patch: expect.anything(),
      state: plain.stateOf("agent:a"),
    });
    expect([...plain.faults, ...patched.faults]).toEqual([]);
  });

  test("who cannot read keeps names only, and gets the newest of each once there is room", () => {
    const node = new FakeNode({ outboxBytes: 2_000 });
    const client = new OverviewClient(node, admin).ask("agent:*", { patches: true });
    node.pass(beatMs);
    client.stalled = true;
    for (let n = 1; n <= 50; n++) {
      for (let agent = 0; agent < 20; agent++) busy(node, `a${agent}`, n);
      node.pass(beatMs);
    }
    const had = client.bytes;
    expect(had).toBeLessThan(2_000 + 20_000);
    client.drain();
    node.run();
    expect(client.had.size).toBe(20);
    for (const { state } of client.had.values()) expect(state).toMatchObject({ task: { progress: 50 } });
    expect(client.faults).toEqual([]);
  });

  test("§8.5 states need subscribe and history; a pattern gives those that are allowed, and says how many", () => {
    const node = new FakeNode();
    for (const agent of ["a1", "a2", "b1"]) busy(node, agent, 1);
    node.run();
    const some = new OverviewClient(node, reader("some", "agent:a*")).ask("agent:*", { maxHz: 20 });
    const listener = new OverviewClient(node, somebody("l", [{ channels: "agent:*", verbs: ["subscribe"] }])).ask(
      "agent:*",
    );
    const historian = new OverviewClient(node, somebody("h", [{ channels: "agent:*", verbs: ["history"] }])).ask(
      "agent:a1",
    );
    node.run();
    busy(node, "b1", 2);
    busy(node, "b2", 2);
    busy(node, "a3", 2);
    node.pass(beatMs);
    expect([...some.had.keys()].sort()).toEqual(["agent:a1", "agent:a2", "agent:a3"]);
    expect(some.answers[0]).toMatchObject({ channels: 2 });
    expect(listener.errors).toMatchObject([{ name: "forbidden", details: { channel: "agent:*", verb: "history" } }]);
    expect(historian.errors).toMatchObject([
      { name: "forbidden", details: { channel: "agent:a1", verb: "subscribe" } },
    ]);
    expect([listener.had.size, historian.had.size]).toEqual([0, 0]);
  });

  test("§8.8 a new token that allows less ends states, one that allows more brings them", () => {
    const node = new FakeNode();
    for (const agent of ["a1", "b1"]) busy(node, agent, 1);
    node.run();
    node.tokens.set("less", reader("u", "agent:a*"));
    node.tokens.set("more", reader("u", "agent:*"));
    node.tokens.set("none", reader("u", "repo:*"));
    const client = new OverviewClient(node, reader("u", "agent:*")).ask("agent:*");
    node.pass(beatMs);
    expect(client.had.size).toBe(2);
    client.token("less");
    node.run();
    expect(client.answers.find(({ state }) => state === "unsubscribed")).toMatchObject({
      channel: "agent:b1",
      pattern: "agent:*",
      states: true,
      reason: "forbidden",
    });
    busy(node, "b1", 2);
    node.pass(beatMs);
    expect([...client.had.keys()]).toEqual(["agent:a1"]);
    client.token("more");
    node.pass(beatMs);
    expect(client.stateOf("agent:b1")).toMatchObject({ task: { progress: 2 } });
    client.token("none");
    node.run();
    busy(node, "a1", 9);
    node.pass(beatMs);
    expect(client.answers.at(-1)).toMatchObject({
      channel: "agent:*",
      state: "unsubscribed",
      reason: "forbidden",
      states: true,
    });
    expect(client.stateOf("agent:a1")).toMatchObject({ task: { progress: 1 } });
  });

  test("§8.11 what is hidden stays hidden, in patches too", () => {
    const node = new FakeNode({}, { hiding: compileHiding([{ fields: ["message"], unless: ["trusted"] }]) });
    node.publish("agent:a", { level: "info", message: "sesame 1" }, "agent_log");
    node.run();
    const all = [{ channels: "*", verbs: ["subscribe", "history"] as const }];
    const blind = new OverviewClient(node, somebody("blind", all)).ask("agent:*", { patches: true });
    const open = new OverviewClient(node, somebody("open", all, { roles: ["trusted"] })).ask("agent:*", {
      patches: true,
    });
    node.run();
    for (let n = 2; n < 9; n++) {
      node.publish("agent:a", { level: "info", message: `sesame ${n}` }, "agent_log");
      node.pass(beatMs);
    }
    expect(blind.given.flatMap(({ texts }) => texts).join("")).not.toContain("sesame");
    expect(blind.stateOf("agent:a")).toMatchObject({ lastLog: { message: "[hidden]" } });
    expect(open.stateOf("agent:a")).toMatchObject({ lastLog: { message: "sesame 8" } });
    expect(blind.patched).toBeGreaterThan(0);
  });

  test("it is a subscription of its own beside one for events, and ends by itself", () => {
    const node = new FakeNode();
    busy(node, "a", 1);
    node.run();
    const client = new OverviewClient(node, admin).ask("agent:a").ask("agent:a");
    node.run();
    expect(client.errors).toMatchObject([{ name: "already_subscribed" }]);
    client.leave("agent:a");
    client.leave("agent:a");
    expect(client.answers.at(-1)).toMatchObject({ channel: "agent:a", state: "unsubscribed", states: true });
    expect(client.errors.at(-1)).toMatchObject({ name: "not_subscribed" });
    busy(node, "a", 2);
    node.pass(beatMs);
    expect(client.stateOf("agent:a")).toBeUndefined();
    client.ask("agent:a", { since: "earliest" });
    expect(client.errors.at(-1)).toMatchObject({ name: "invalid_message", details: { path: "/data/since" } });
  });

  test("a connection that is gone, at whatever moment, costs nothing any more", () => {
    const node = new FakeNode({ outboxBytes: 2_000 });
    for (let n = 0; n < 20; n++) busy(node, `a${n}`, 1);
    node.run();
    for (let steps = 0; steps < 6; steps++) {
      const client = new OverviewClient(node, admin).ask("agent:*").ask("agent:a1", { maxHz: 20 });
      client.stalled = steps % 2 === 0;
      for (let n = 0; n < steps; n++) node.step();
      busy(node, "a1", 2);
      const told = client.given.length;
      client.session?.closed();
      node.pass(beatMs);
      expect(client.given).toHaveLength(told);
      expect(node.hub.overviews.holds("agent:a1")).toBe(false);
    }
    expect(node.hub.counts.sessions).toBe(0);
  });

  test("an unsubscribe that overtakes the first states answers both", () => {
    const node = new FakeNode();
    busy(node, "a", 1);
    node.run();
    const client = new OverviewClient(node, admin).ask("agent:*");
    client.leave("agent:*");
    node.run();
    expect(client.answers.map(({ state }) => state)).toEqual(["unsubscribed", "unsubscribed"]);
    expect(client.session?.settled).toBe(true);
    expect(client.had.size).toBe(0);
  });

  test("who asks again with positions is sent what changed since", () => {
    const node = new FakeNode();
    for (const agent of ["a", "b"]) busy(node, agent, 1);
    node.run();
    const positions = { "agent:a": { epoch: "e1", offset: 1 }, "agent:b": { epoch: "e0", offset: 1 } };
    const client = new OverviewClient(node, admin).ask("agent:*", { positions });
    node.run();
    // One that comes again and again is no faster than those who stay.
    expect([client.whole, client.answers.length]).toEqual([0, 0]);
    node.pass(beatMs);
    expect([...client.had.keys()]).toEqual(["agent:b"]);
    expect(client.answers).toMatchObject([{ channels: 2 }]);
    busy(node, "a", 2);
    node.pass(beatMs);
    expect(client.stateOf("agent:a")).toMatchObject({ task: { progress: 2 } });
  });

  test("after a restart states come from saved snapshots and the events after them", () => {
    const node = new FakeNode();
    for (let n = 1; n <= 30; n++) busy(node, "a", n);
    node.run();
    node.hub.flush();
    for (let n = 31; n <= 40; n++) busy(node, "a", n);
    node.run();
    node.restart();
    const client = new OverviewClient(node, admin).ask("agent:*");
    node.run();
    expect(client.had.get("agent:a")).toMatchObject({ offset: 40, state: { task: { progress: 40 } } });
  });

  test("a state that is too big is left out with one error, and comes when it is smaller", () => {
    const node = new FakeNode({ stateBytes: 700 });
    const say = (message: string): void => node.publish("agent:a", { level: "info", message }, "agent_log");
    say("x");
    node.run();
    const client = new OverviewClient(node, admin).ask("agent:*", { patches: true });
    node.pass(beatMs);
    for (let n = 0; n < 3; n++) {
      say(`${n}${"x".repeat(499)}`);
      node.pass(beatMs);
    }
    expect(client.errors).toMatchObject([
      { name: "payload_too_big", details: { channel: "agent:a", limitBytes: 700 } },
    ]);
    say("small");
    node.pass(beatMs);
    expect(client.stateOf("agent:a")).toMatchObject({ lastLog: { message: "small" } });
    expect(client.faults).toEqual([]);
  });

  test("over the limit of channels the first ones by name are served, and said to be", () => {
    const node = new FakeNode({ patternChannels: 3 });
    for (const agent of ["a", "b", "c", "d"]) busy(node, agent, 1);
    node.run();
    const client = new OverviewClient(node, admin).ask("agent:*");
    node.run();
    for (const agent of ["b", "d", "e"]) busy(node, agent, 2);
    node.pass(beatMs);
    expect([...client.had.keys()]).toEqual(["agent:a", "agent:b", "agent:c"]);
    expect(client.stateOf("agent:b")).toMatchObject({ task: { progress: 2 } });
    expect(client.answers).toMatchObject([{ channels: 3, truncated: true }]);
  });

  test("channels that appear later are taken up to the limit, which is then said", () => {
    const node = new FakeNode({ patternChannels: 2 });
    busy(node, "a", 1);
    node.run();
    const client = new OverviewClient(node, admin).ask("agent:*");
    node.run();
    for (const agent of ["b", "c"]) busy(node, agent, 1);
    node.pass(beatMs);
    for (const agent of ["a", "b", "c"]) busy(node, agent, 2);
    node.pass(beatMs);
    expect([...client.had.keys()].sort()).toEqual(["agent:a", "agent:b"]);
    expect(client.answers.at(-1)).toMatchObject({ channels: 2, truncated: true });
  });

  test("ten thousand channels are told in turns: others are served in between", () => {
    const node = new FakeNode({ replayTurnEvents: 500, channelsPerMinute: 20_000 });
    for (let n = 0; n < 10_000; n++) busy(node, `a${n}`, 1);
    node.run();
    node.hub.flush();
    node.restart();
    const client = new OverviewClient(node, admin).ask("agent:*");
    let most = 0;
    while (node.waiting > 0) {
      const before = client.whole;
      node.step();
      most = Math.max(most, client.whole - before);
    }
    expect(client.had.size).toBe(10_000);
    expect(client.answers).toMatchObject([{ channels: 10_000 }]);
    expect(most).toBeLessThanOrEqual(500);
  });

  test("without a watcher nothing is kept or encoded; states that are watched are not dropped", () => {
    const node = new FakeNode({ channelsPerMinute: 20_000, patternChannels: 20_000 });
    for (let n = 0; n < 10_050; n++) busy(node, `a${n}`, 1);
    node.run();
    const client = new OverviewClient(node, admin).ask("agent:*");
    node.run();
    node.pass(10_000);
    node.hub.tick();
    const before = node.reads;
    for (let n = 0; n < 50; n++) busy(node, `a${n}`, 2);
    node.pass(beatMs);
    expect(client.stateOf("agent:a7")).toMatchObject({ task: { progress: 2 } });
    expect(node.reads - before).toBeLessThanOrEqual(50);
    client.leave("agent:*");
    const given = client.given.length;
    busy(node, "a1", 3);
    node.pass(beatMs);
    expect(client.given).toHaveLength(given);
  });

  test("1,000 channels and 100 watchers: each state is encoded once a beat, and handed over as one object", () => {
    const node = new FakeNode();
    for (let n = 0; n < 1_000; n++) busy(node, `a${n}`, 0);
    node.run();
    const clients = Array.from({ length: 100 }, () => new OverviewClient(node, admin).ask("agent:*"));
    node.run();
    for (let beat = 1; beat <= 3; beat++) {
      for (const client of clients) client.given.length = 0;
      for (let n = 0; n < 1_000; n++)
        node.publish(`agent:a${n}`, { id: "t", title: "build", progress: beat }, "task_assigned");
      node.run();
      // Each message that is encoded takes an id.
      const before = idOf(node);
      node.pass(beatMs);
      expect(idOf(node) - before - 1).toBe(1_000);
      const [first] = clients;
      const texts = first?.given.flatMap((one) => one.texts) ?? [];
      expect(texts).toHaveLength(1_000);
      for (const client of clients) {
        expect(client.given.length).toBe(first?.given.length);
        for (const [index, messages] of client.given.entries()) expect(messages).toBe(first?.given[index]);
      }
    }
  });
});
