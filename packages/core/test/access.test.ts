import type { Draft, PublishResult } from "@signalbox/protocol";
import { describe, expect, test } from "vitest";
import { type Capability, type Principal, RateLimits, Redactor, type Verb } from "../src/index.ts";
import { FakeNode, somebody } from "./support/fake-node.ts";
import { Viewer } from "./support/viewer.ts";

const grants = (...all: ReadonlyArray<readonly [string, ...Verb[]]>): Capability[] =>
  all.map(([channels, ...verbs]) => ({ channels, verbs }));

/** What a fake node with two channels of two teams, three events each, knows. */
function twoTeams(node = new FakeNode()): FakeNode {
  for (const channel of ["agent:blue/a", "agent:red/a"]) {
    for (const n of [1, 2, 3]) node.publish(channel, { n });
  }
  node.run();
  return node;
}

const blue = (...verbs: Verb[]): Principal => somebody("blue", grants(["agent:blue/*", ...verbs]));

function publish(node: FakeNode, principal: Principal, drafts: Draft[]): PublishResult[] {
  let results: PublishResult[] = [];
  node.hub.publish(drafts, { principal }, (answer) => {
    results = answer;
  });
  node.run();
  return results;
}

const errorOf = (result: PublishResult | undefined): unknown =>
  result !== undefined && "error" in result ? result.error.name : undefined;

describe("A10 §8.5 subscribing", () => {
  test("what is denied is forbidden, whether it exists or not", () => {
    const node = twoTeams();
    const viewer = new Viewer(node).open(blue("subscribe", "history"));
    viewer.subscribe({ channel: "agent:red/a" }, "there");
    viewer.subscribe({ channel: "agent:red/nobody" }, "not there");
    node.run();
    const said = viewer.controls.map(({ type, data, metadata }) => ({ type, data, metadata }));
    expect(said).toMatchObject([
      { type: "error", data: { name: "forbidden", details: { channel: "agent:red/a", verb: "subscribe" } } },
      { type: "error", data: { name: "forbidden", details: { channel: "agent:red/nobody", verb: "subscribe" } } },
    ]);
    node.publish("agent:red/a", { n: 4 });
    node.run();
    expect(viewer.seen.size).toBe(0);
  });

  test("resuming, replaying and snapshots take the right to history", () => {
    const node = twoTeams();
    const viewer = new Viewer(node).open(blue("subscribe"));
    for (const since of ["earliest", { last: 1 }, { epoch: node.epoch, offset: 1 }] as const) {
      viewer.subscribe({ channel: "agent:blue/a", since });
    }
    viewer.subscribe({ channel: "agent:blue/a", snapshot: true });
    node.run();
    expect(viewer.errors()).toEqual(["forbidden", "forbidden", "forbidden", "forbidden"]);
    viewer.subscribe({ channel: "agent:blue/a" });
    node.run();
    node.publish("agent:blue/a", { n: 4 });
    node.run();
    expect(viewer.offsets("agent:blue/a")).toEqual([4]);
  });

  test("a pattern joins the allowed channels only, counts those, and those that come later", () => {
    const node = twoTeams();
    const viewer = new Viewer(node).open(blue("subscribe", "history"));
    viewer.subscribe({ channel: "agent:*", since: "earliest" });
    node.run();
    expect(viewer.updates("subscribed")).toMatchObject([
      { channel: "agent:*", channels: 1 },
      { channel: "agent:blue/a", pattern: "agent:*" },
    ]);
    node.publish("agent:red/b", { n: 1 });
    node.publish("agent:blue/b", { n: 1 });
    node.run();
    expect([...viewer.seen.keys()].sort()).toEqual(["agent:blue/a", "agent:blue/b"]);
    expect(viewer.faults).toEqual([]);
  });

  test("a pattern of which nothing could be allowed is forbidden", () => {
    const node = twoTeams();
    const viewer = new Viewer(node).open(blue("subscribe"));
    viewer.subscribe({ channel: "agent:red/*" });
    viewer.subscribe({ channel: "process:*" });
    expect(viewer.errors()).toEqual(["forbidden", "forbidden"]);
  });

  test("without history a pattern's channels begin now, whatever was asked", () => {
    const node = twoTeams();
    const viewer = new Viewer(node).open(blue("subscribe"));
    viewer.subscribe({ channel: "*", since: "earliest", snapshot: true });
    node.run();
    node.publish("agent:blue/a", { n: 4 });
    node.publish("agent:blue/new", { n: 1 });
    node.run();
    expect(viewer.offsets("agent:blue/a")).toEqual([4]);
    expect(viewer.offsets("agent:blue/new")).toEqual([1]);
    expect(viewer.updates("subscribed").some((update) => "snapshot" in update)).toBe(false);
  });
});

describe("A10 §8.4 publishing", () => {
  test("needs the verb of its type, on that channel", () => {
    const node = new FakeNode();
    const results = publish(node, blue("publish"), [
      { type: "note", channel: "agent:blue/a" },
      { type: "note", channel: "agent:red/a" },
      { type: "checkpoint_decided", channel: "agent:blue/a" },
      { type: "command_queued", channel: "agent:blue/a" },
    ]);
    expect(results.map(errorOf)).toEqual([undefined, "forbidden", "forbidden", "forbidden"]);
    expect([...node.histories.keys()]).toEqual(["agent:blue/a"]);
  });

  test("§8.6 a bound agent speaks for itself and what it started, and for nobody else", () => {
    const node = new FakeNode();
    const agent = somebody("a1", grants(["process:*", "publish"]), { kind: "agent", agentId: "a1" });
    const results = publish(
      node,
      agent,
      ["a1", "a1/child", "a2", "a10"].map((agentId) => ({ type: "note", channel: "process:p", data: { agentId } })),
    );
    expect(results.map(errorOf)).toEqual([undefined, undefined, "forbidden", "forbidden"]);
  });

  test("A36 secrets are taken out before anything is kept; keys and ids in metadata stay", () => {
    const node = new FakeNode({}, { redactor: new Redactor() });
    const secret = ["ghp", "_", "a1B2c3D4e5F6g7H8i9J0".repeat(2).slice(0, 36)].join("");
    publish(node, somebody("admin", grants(["*", "admin"])), [
      {
        type: "note",
        channel: "agent:a",
        data: { text: `cloned with ${secret}`, password: "correct horse" },
        metadata: { idempotencyKey: "a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6", source: `git ${secret}` },
      },
    ]);
    const [entry] = node.histories.get("agent:a")?.events ?? [];
    expect(entry?.body).not.toContain(secret);
    expect(entry?.body).not.toContain("correct horse");
    expect(entry?.body).toContain("[redacted:");
    expect(entry?.body).toContain("a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6");
    expect(entry?.idempotencyKey).toBe("a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6");
  });
});

describe("X11 §8.7 tokens of single messages", () => {
  const both = (): { node: FakeNode; viewer: Viewer } => {
    const node = new FakeNode();
    node.tokens.set("red", somebody("red", grants(["agent:red/*", "publish"])));
    node.tokens.set("elsewhere", somebody("x", grants(["*", "admin"]), { tenant: "other" }));
    return { node, viewer: new Viewer(node).open(blue("publish", "subscribe")) };
  };
  const acks = ({ controls }: Viewer): PublishResult[] =>
    controls.filter(({ type }) => type === "ack").flatMap(({ data }) => (data as { results: PublishResult[] }).results);

  test("each message has the rights of its own token, which is not kept", () => {
    const { node, viewer } = both();
    viewer.session?.accept([
      { type: "note", id: "1", channel: "agent:red/a", metadata: { token: "red" } } as Draft,
      { type: "note", id: "2", channel: "agent:red/a" },
      { type: "note", id: "3", channel: "agent:blue/a", metadata: { token: "red" } } as Draft,
      { type: "note", id: "4", channel: "agent:red/a", metadata: { token: "wrong" } } as Draft,
      { type: "note", id: "5", channel: "agent:red/a", metadata: { token: "elsewhere" } } as Draft,
      { type: "note", id: "6", channel: "agent:red/a", metadata: { token: 7 } } as unknown as Draft,
    ]);
    node.run();
    expect(acks(viewer).map(errorOf)).toEqual([
      undefined,
      "forbidden",
      "forbidden",
      "unauthenticated",
      "forbidden",
      "unauthenticated",
    ]);
    expect(node.histories.get("agent:red/a")?.events.map(({ body }) => body.includes("token"))).toEqual([false]);
  });

  test("messages behind one that waits for its token keep their order", () => {
    const { node, viewer } = both();
    viewer.session?.accept([
      { type: "note", id: "1", channel: "agent:red/a", metadata: { token: "red" } } as Draft,
      { type: "subscribe", id: "s", data: { channel: "agent:blue/a" } },
      { type: "note", id: "2", channel: "agent:blue/a" },
    ]);
    viewer.session?.accept([{ type: "note", id: "3", channel: "agent:blue/a" }]);
    node.run();
    expect(acks(viewer).map(({ id }) => id)).toEqual(["1", "2", "3"]);
    expect(viewer.offsets("agent:blue/a")).toEqual([1, 2]);
  });
});

describe("A7 §8.8 §8.9 tokens that end", () => {
  const ending = (expiresAtMs: number, ...verbs: Verb[]): Principal =>
    somebody("ann", grants(["agent:*", ...verbs]), { expiresAtMs });

  test("a warning comes before the end, and the close after it", () => {
    const node = new FakeNode();
    const viewer = new Viewer(node).open(ending(100_000, "subscribe"));
    node.now = 69_999;
    node.hub.tick();
    expect(viewer.controls).toEqual([]);
    node.now = 70_000;
    node.hub.tick();
    node.hub.tick();
    expect(viewer.controls).toMatchObject([{ type: "auth_expiring", data: { expiresAt: 100_000, closesAt: 125_000 } }]);
    node.now = 124_999;
    node.hub.tick();
    expect(viewer.closedWith).toBeUndefined();
    node.now = 125_000;
    node.hub.tick();
    expect(viewer.closedWith).toBe("token_expired");
    expect(node.hub.counts.sessions).toBe(0);
  });

  test("refreshed in place, nothing is missed", () => {
    const node = new FakeNode();
    node.tokens.set("next", ending(500_000, "subscribe"));
    const viewer = new Viewer(node).open(ending(100_000, "subscribe")).subscribe({ channel: "agent:a" });
    node.run();
    node.publish("agent:a", {});
    viewer.session?.accept([{ type: "auth_request", id: "r", data: { token: "next" } }]);
    node.publish("agent:a", {});
    node.run();
    node.now = 125_000;
    node.hub.tick();
    node.publish("agent:a", {});
    node.run();
    expect(viewer.offsets("agent:a")).toEqual([1, 2, 3]);
    expect(viewer.closedWith).toBeUndefined();
    node.now = 470_000;
    node.hub.tick();
    expect(viewer.controls.at(-1)).toMatchObject({ type: "auth_expiring", data: { expiresAt: 500_000 } });
  });

  test.each([
    ["another id", somebody("bob", grants(["*", "admin"]))],
    ["another kind", somebody("ann", grants(["*", "admin"]), { kind: "service" })],
    ["another tenant", somebody("ann", grants(["*", "admin"]), { tenant: "other" })],
  ])("a token of %s does not refresh", (_what, other) => {
    const node = new FakeNode();
    node.tokens.set("other", other);
    const viewer = new Viewer(node).open(ending(100_000, "subscribe"));
    viewer.session?.accept([{ type: "auth_request", data: { token: "other" } }]);
    node.run();
    expect(viewer.controls.map(({ type }) => type)).toEqual(["auth_failure"]);
    expect(viewer.closedWith).toBe("unauthorized");
  });

  test("fewer rights end the subscriptions they do not allow, and say so", () => {
    const node = twoTeams();
    node.tokens.set("less", somebody("ann", grants(["agent:blue/*", "subscribe", "history"])));
    const viewer = new Viewer(node)
      .open(somebody("ann", grants(["*", "subscribe", "history"])))
      .subscribe({ channel: "agent:red/a" }, "1")
      .subscribe({ channel: "agent:*" }, "2")
      .subscribe({ channel: "process:*" }, "3");
    node.run();
    viewer.session?.accept([{ type: "auth_request", data: { token: "less" } }]);
    node.run();
    const types = viewer.controls.map(({ type }) => type);
    expect(types.indexOf("auth_success")).toBeLessThan(types.lastIndexOf("subscription_update"));
    expect(viewer.updates("unsubscribed")).toMatchObject([
      { channel: "process:*", reason: "forbidden" },
      { channel: "agent:red/a", reason: "forbidden" },
    ]);
    for (const channel of ["agent:red/a", "agent:red/new", "agent:blue/a", "process:p"]) node.publish(channel, {});
    node.run();
    expect([...viewer.seen.keys()]).toEqual(["agent:blue/a"]);
  });

  test("more rights bring a pattern the channels it did not have", () => {
    const node = twoTeams();
    node.tokens.set("more", somebody("blue", grants(["agent:*", "subscribe", "history"])));
    const viewer = new Viewer(node).open(blue("subscribe", "history")).subscribe({ channel: "agent:*" });
    node.run();
    viewer.session?.accept([{ type: "auth_request", data: { token: "more" } }]);
    node.run();
    for (const channel of ["agent:red/a", "agent:blue/a"]) node.publish(channel, {});
    node.run();
    expect(viewer.offsets("agent:red/a")).toEqual([4]);
    expect(viewer.offsets("agent:blue/a")).toEqual([4]);
    expect(viewer.faults).toEqual([]);
  });

  test("a refresh does not count a pattern's channels twice", () => {
    const node = twoTeams(new FakeNode({ patternChannels: 3 }));
    node.tokens.set("same", blue("subscribe", "history"));
    const viewer = new Viewer(node).open(blue("subscribe", "history")).subscribe({ channel: "agent:*" });
    node.run();
    for (let i = 0; i < 3; i++) viewer.session?.accept([{ type: "auth_request", data: { token: "same" } }]);
    node.run();
    for (const channel of ["agent:blue/b", "agent:blue/c", "agent:blue/d"]) node.publish(channel, {});
    node.run();
    expect([...viewer.seen.keys()]).toEqual(["agent:blue/b", "agent:blue/c"]);
  });

  test("A8 whoever is revoked is closed, the others stay", () => {
    const node = new FakeNode();
    const gone = new Viewer(node).open(blue("subscribe"));
    const stays = new Viewer(node).open(somebody("other", []));
    node.hub.connected.revoke(({ id }) => id === "blue");
    expect(gone.closedWith).toBe("revoked");
    expect(stays.closedWith).toBeUndefined();
  });
});

describe("A40 §8.10 limits", () => {
  test("over a rate a message has no effect and says when to try again", () => {
    const rates = new RateLimits({ principal: { perSecond: 1, burst: 2 } }, 10);
    const node = new FakeNode({}, { rates });
    const results = publish(
      node,
      blue("publish"),
      [1, 2, 3].map((n) => ({ type: "note", channel: "agent:blue/a", data: { n } })),
    );
    expect(results.map(errorOf)).toEqual([undefined, undefined, "rate_limited"]);
    expect(results[2]).toMatchObject({ error: { details: { by: "principal", retryAfterMs: 1_000 } } });
    expect(node.histories.get("agent:blue/a")?.events).toHaveLength(2);
  });

  test("types have rates of their own, requests too", () => {
    const rates = new RateLimits({ types: { subscribe: { perSecond: 1, burst: 1 } } }, 10);
    const node = new FakeNode({}, { rates });
    const viewer = new Viewer(node).open();
    viewer.subscribe({ channel: "agent:a" }).subscribe({ channel: "agent:b" });
    node.run();
    expect(viewer.errors()).toEqual(["rate_limited"]);
    node.now += 1_000;
    viewer.subscribe({ channel: "agent:b" });
    node.run();
    expect(viewer.updates("subscribed")).toHaveLength(2);
  });

  test("who goes on regardless is closed", () => {
    const rates = new RateLimits({ types: { note: { perSecond: 0.001, burst: 1 } } }, 10);
    const node = new FakeNode({ ignoredRefusals: 5 }, { rates });
    const viewer = new Viewer(node).open();
    const note = { type: "note", channel: "agent:a" };
    for (let n = 0; n < 6; n++) viewer.session?.accept([note]);
    node.run();
    expect(viewer.closedWith).toBeUndefined();
    viewer.session?.accept([note]);
    expect(viewer.closedWith).toBe("too_fast");
  });

  test("A22 only so many channels may be begun in a minute; those that exist stay open", () => {
    const node = new FakeNode({ channelsPerMinute: 3 });
    const principal = blue("publish");
    const to = (name: string): Draft => ({ type: "note", channel: `agent:blue/${name}` });
    const many = publish(node, principal, ["1", "1", "2", "3", "4"].map(to));
    expect(many.map(errorOf)).toEqual([undefined, undefined, undefined, undefined, "rate_limited"]);
    expect(publish(node, principal, [to("1")]).map(errorOf)).toEqual([undefined]);
    expect(publish(node, somebody("else", grants(["*", "publish"])), [to("4")]).map(errorOf)).toEqual([undefined]);
    node.now += 20_000;
    expect(publish(node, principal, [to("5")]).map(errorOf)).toEqual([undefined]);
  });

  test("a principal has only so many connections, whichever way it says who it is", () => {
    const node = new FakeNode({ connectionsPerPrincipal: 2 });
    const principal = blue("subscribe");
    node.tokens.set("blue", principal);
    const first = new Viewer(node).open(principal);
    expect(node.hub.connected.full(principal)).toBeUndefined();
    new Viewer(node).open(principal);
    expect(node.hub.connected.full(principal)).toMatchObject({ failed: "too_many_connections" });
    const third = new Viewer(node);
    third.session = node.hub.open(third, undefined, { transport: "test" });
    third.session.accept([{ type: "auth_request", data: { token: "blue" } }]);
    node.run();
    expect(third.controls).toMatchObject([{ type: "auth_failure", data: { name: "too_many_connections" } }]);
    first.cut();
    expect(node.hub.connected.full(principal)).toBeUndefined();
    expect(node.hub.connected.full(somebody("other", []))).toBeUndefined();
  });
});
