/** §13.1–§13.4 through a hub: who is here, who is told, and who may not. */
import type { Message, PresenceData, PresenceMember } from "@signalbox/protocol";
import { describe, expect, test } from "vitest";
import { compileHiding, principalOf, Redactor } from "../../src/index.ts";
import { admin, FakeNode, somebody } from "../support/fake-node.ts";
import { Viewer } from "../support/viewer.ts";

const channel = "session:s1";
const may = (...verbs: Array<"presence" | "subscribe" | "history" | "publish">) => [{ channels: "session:*", verbs }];
const ada = somebody("ada", may("presence", "subscribe"));
const bob = somebody("bob", may("presence", "subscribe"));

const here = (viewer: Viewer, data: Partial<PresenceData> = {}, id = "p"): void => {
  viewer.session?.accept([{ type: "presence", id, data: { channel, ...data } }]);
};

const answers = ({ controls }: Viewer): PresenceData[] =>
  controls.filter(({ type }) => type === "presence").map(({ data }) => data as PresenceData);
const last = (viewer: Viewer): PresenceData => answers(viewer).at(-1) ?? { channel: "none" };
const ids = ({ members }: Pick<PresenceData, "members">) => members?.map(({ memberId }) => memberId);

/** What it was told as events: `joined ada`, in their order. */
const told = ({ passed }: Viewer): string[] =>
  passed.map(({ json }) => {
    const { type, data } = JSON.parse(json) as Message<string, { memberId: string }>;
    return `${type.replace("presence_", "")} ${data.memberId}`;
  });
const newest = ({ passed }: Viewer): Message<string, Record<string, unknown>> =>
  JSON.parse(passed.at(-1)?.json ?? "{}");
const listed = (node: FakeNode): PresenceMember[] => node.hub.presence.list(channel, undefined).members;

describe("§13.1 members", () => {
  test("who joins is told who is there, and those who are there are told", () => {
    const node = new FakeNode();
    const [first, second] = [new Viewer(node).open(ada), new Viewer(node).open(bob)];
    here(first, { memberId: "a", name: "Ada", state: { view: "log" } });
    expect(last(first)).toMatchObject({ channel, memberId: "a", total: 1 });
    here(second, { memberId: "b" });
    expect(last(second).members).toMatchObject([
      { memberId: "a", principal: { kind: "user", id: "ada" }, name: "Ada", state: { view: "log" }, sinceMs: 1_000 },
      { memberId: "b", principal: { kind: "user", id: "bob" } },
    ]);
    expect(told(first)).toEqual(["joined a", "joined b"]);
    expect(newest(first)).toMatchObject({ channel, metadata: { source: "gateway" } });
    expect(newest(first).data.revision).toBe(last(second).revision);
  });

  test("without a memberId the gateway gives one; what is left out stays as it was", () => {
    const node = new FakeNode();
    const viewer = new Viewer(node).open(ada);
    here(viewer, { name: "Ada", state: { view: "log" } });
    const { memberId } = last(viewer);
    if (memberId === undefined) throw new Error("no memberId");
    node.pass(100);
    here(viewer, { memberId, state: { view: "diff" } });
    expect(last(viewer).members).toMatchObject([{ memberId, name: "Ada", state: { view: "diff" } }]);
    expect(told(viewer)).toEqual([`joined ${memberId}`, `updated ${memberId}`]);
  });

  test("nobody speaks for somebody else's member, until that has left", () => {
    const node = new FakeNode();
    const [first, second] = [new Viewer(node).open(ada), new Viewer(node).open(bob)];
    here(first, { memberId: "m" });
    here(second, { memberId: "m", state: { rude: true } });
    here(second, { memberId: "m", leave: true });
    expect(second.errors()).toEqual(["already_exists", "already_exists"]);
    expect(listed(node)).toMatchObject([{ memberId: "m", principal: { id: "ada" } }]);
    here(first, { memberId: "m", leave: true });
    node.pass(300);
    here(second, { memberId: "m" });
    expect(listed(node)).toMatchObject([{ memberId: "m", principal: { id: "bob" } }]);
  });

  test("limits: members of a channel, members of a connection, the size of a state, members listed", () => {
    const node = new FakeNode({ presenceMembers: 4, presenceKept: 3, presenceStateBytes: 20, presenceListed: 2 });
    const [first, second] = [new Viewer(node).open(ada), new Viewer(node).open(bob)];
    for (const memberId of ["1", "2", "3", "4"]) here(first, { memberId });
    expect(first.errors()).toEqual(["too_many_members"]);
    here(second, { memberId: "5" });
    here(second, { memberId: "6" });
    expect(second.errors()).toEqual(["too_many_members"]);
    here(second, { memberId: "5", state: { text: "more than 20 bytes" } });
    expect(second.errors()).toEqual(["too_many_members", "payload_too_big"]);
    here(first, { memberId: "1" });
    expect([ids(last(first)), last(first).total]).toEqual([["1", "2"], 4]);
  });

  test("what all members say together has a limit, too, and makes room again", () => {
    const node = new FakeNode({ presenceBytes: 100 });
    const viewer = new Viewer(node).open(ada);
    here(viewer, { memberId: "1", state: { text: "x".repeat(60) } });
    here(viewer, { memberId: "2", state: { text: "x".repeat(60) } });
    here(viewer, { memberId: "3" });
    here(viewer, { memberId: "1", state: {} });
    expect(viewer.errors()).toEqual(["overloaded", "overloaded"]);
    here(viewer, { memberId: "2", leave: true });
    node.pass(200);
    here(viewer, { memberId: "3" });
    expect(ids(last(viewer))).toEqual(["1", "3"]);
  });

  test("secrets are taken out, and hidden members are hidden, in answers and in events", () => {
    const hiding = compileHiding([{ fields: ["where"], unless: ["boss"] }]);
    const node = new FakeNode({}, { redactor: new Redactor(), hiding });
    const boss = principalOf({ ...admin, roles: ["boss"] }, admin.rights);
    const [seeing, blind] = [new Viewer(node).open(boss), new Viewer(node).open(bob)];
    here(blind, { memberId: "b", state: { where: "vault", password: "hunter2" } });
    here(seeing, { memberId: "a" });
    const states = (viewer: Viewer) => last(viewer).members?.find(({ memberId }) => memberId === "b")?.state;
    expect(states(seeing)).toEqual({ where: "vault", password: expect.stringMatching(/^\[redacted/) });
    expect(states(blind)).toMatchObject({ where: "[hidden]" });
    node.pass(200);
    here(blind, { memberId: "b", state: { where: "roof" } });
    expect([newest(seeing).data.state, newest(blind).data.state]).toEqual([{ where: "roof" }, { where: "[hidden]" }]);
  });
});

describe("§13.2 leaving", () => {
  test("back within 5 s it neither left nor joined, and is who it was; later it has left", () => {
    const node = new FakeNode();
    const [first, second] = [new Viewer(node).open(ada), new Viewer(node).open(bob)];
    here(first, { memberId: "a" });
    here(second, { memberId: "b" });
    second.cut();
    node.pass(4_900);
    expect(ids({ members: listed(node) })).toEqual(["a", "b"]);
    here(second.open(bob), { memberId: "b" });
    node.pass(60_000);
    expect(told(first)).toEqual(["joined a", "joined b"]);
    expect(listed(node)[1]?.sinceMs).toBe(1_000);
    second.cut();
    node.pass(5_300);
    expect(told(first)).toEqual(["joined a", "joined b", "left b"]);
    expect(newest(first).data).toMatchObject({ reason: "gone", principal: { id: "bob" } });
  });

  test("a member of two connections stays until the last is gone; leaving ends it at once, whoever says so", () => {
    const node = new FakeNode();
    const [watching, one, other] = [new Viewer(node).open(bob), new Viewer(node).open(ada), new Viewer(node).open(ada)];
    here(watching, { memberId: "w" });
    here(one, { memberId: "a" });
    here(other, { memberId: "a" });
    one.cut();
    node.pass(20_000);
    expect(told(watching)).toEqual(["joined w", "joined a"]);
    const third = new Viewer(node).open(ada);
    here(third, { memberId: "a", leave: true });
    expect(last(third)).toMatchObject({ memberId: "a", leave: true });
    expect(newest(watching)).toMatchObject({ type: "presence_left", data: { memberId: "a", reason: "left" } });
    other.cut();
    node.pass(20_000);
    expect(told(watching)).toEqual(["joined w", "joined a", "left a"]);
    here(third, { leave: true });
    expect(third.errors()).toEqual(["invalid_message"]);
  });

  test("nothing is kept of a channel that everybody has left", () => {
    const node = new FakeNode();
    const viewer = new Viewer(node).open(ada);
    const before = node.hub.presence.list(channel, undefined);
    here(viewer, { memberId: "a" });
    here(viewer, { memberId: "a", leave: true });
    node.pass(1_000);
    expect(node.hub.presence.list(channel, undefined)).toEqual(before);
  });
});

describe("§13.3 who is told", () => {
  test("keepers and subscribers with the verb, each once; filters hold for subscriptions, not for keepers", () => {
    const node = new FakeNode();
    const blind = somebody("carl", may("subscribe"));
    const [keeping, both, subscribed, filtered, denied, patterned] = [ada, ada, bob, bob, blind, bob].map((who) =>
      new Viewer(node).open(who),
    );
    if (!keeping || !both || !subscribed || !filtered || !denied || !patterned) throw new Error("no viewers");
    for (const viewer of [both, subscribed, denied]) viewer.subscribe({ channel });
    patterned.subscribe({ channel: "session:*" });
    filtered.subscribe({ channel, filter: { types: ["note"] } });
    here(both, { memberId: "1" });
    node.run();
    here(keeping, { memberId: "2" });
    expect(told(keeping)).toEqual(["joined 2"]);
    expect(told(both)).toEqual(["joined 1", "joined 2"]);
    expect(told(subscribed)).toEqual(["joined 1", "joined 2"]);
    expect([told(filtered), told(denied)]).toEqual([[], []]);
    // A pattern has the channels that were published to.
    expect(told(patterned)).toEqual([]);
    node.publish(channel, 1);
    node.run();
    here(keeping, { memberId: "3" });
    expect(told(patterned)).toEqual(["joined 3"]);
  });

  test("at most ten a second of one member, the newest", () => {
    const node = new FakeNode();
    const [moving, watching] = [new Viewer(node).open(ada), new Viewer(node).open(bob)];
    here(watching, { memberId: "w" });
    here(moving, { memberId: "m", state: { x: 0 } });
    const before = watching.passed.length;
    for (let x = 1; x <= 1_000; x++) {
      node.pass(1);
      here(moving, { memberId: "m", state: { x } });
    }
    node.pass(1_000);
    const count = watching.passed.length - before;
    expect(count).toBeGreaterThanOrEqual(9);
    expect(count).toBeLessThanOrEqual(11);
    expect(newest(watching).data.state).toEqual({ x: 1_000 });
  });

  test("who comes and goes all the time is told of ten times a second, too", () => {
    const node = new FakeNode();
    const [restless, watching] = [new Viewer(node).open(ada), new Viewer(node).open(bob)];
    here(watching, { memberId: "w" });
    for (let i = 0; i < 500; i++) {
      here(restless, { memberId: "m" });
      here(restless, { memberId: "m", leave: true });
      node.pass(2);
    }
    node.pass(1_000);
    expect(watching.passed.length).toBeLessThan(16);
    expect(told(watching).at(-1)).toBe("left m");
  });

  test("a keeper that was too slow gets the list anew once it has read", () => {
    const node = new FakeNode();
    const [slow, busy] = [new Viewer(node).open(ada), new Viewer(node).open(bob)];
    here(slow, { memberId: "s" });
    node.pass(1);
    slow.waitingBytes = 10_000_000;
    here(busy, { memberId: "b" });
    node.pass(200);
    here(busy, { memberId: "b", state: { n: 1 } });
    expect([told(slow), answers(slow).length]).toEqual([["joined s"], 1]);
    slow.drain();
    expect(answers(slow)).toHaveLength(2);
    expect(last(slow)).toMatchObject({
      memberId: "s",
      members: [{ memberId: "s" }, { memberId: "b", state: { n: 1 } }],
    });
    expect(slow.controls.at(-1)?.metadata).toBeUndefined();
  });

  test("presence events of others are refused, whatever they may", () => {
    const node = new FakeNode();
    let result: unknown;
    node.hub.publish([{ type: "presence_left", channel, data: { memberId: "a" } }], { principal: admin }, ([one]) => {
      result = one;
    });
    node.run();
    expect(result).toMatchObject({ error: { name: "forbidden" } });
  });
});

describe("§13.4 again and again", () => {
  test("with the present revision the list is left out; after any change it comes", () => {
    const node = new FakeNode();
    const [poll, other] = [new Viewer(node).open(ada), new Viewer(node).open(bob)];
    here(poll, { memberId: "a" });
    const { revision = "" } = last(poll);
    poll.cut();
    here(poll.open(ada), { memberId: "a", revision });
    expect(last(poll)).toEqual({ channel, memberId: "a", revision });
    here(other, { memberId: "b" });
    here(poll, { memberId: "a", revision });
    expect(ids(last(poll))).toEqual(["a", "b"]);
    node.restart();
    here(poll.open(ada), { memberId: "a", revision: last(poll).revision ?? "" });
    expect(ids(last(poll))).toEqual(["a"]);
  });
});

describe("rights", () => {
  test("without the verb presence nobody is there and nobody sees who is", () => {
    const node = new FakeNode();
    const viewer = new Viewer(node).open(somebody("carl", may("subscribe", "history", "publish")));
    here(viewer);
    here(viewer, { channel: "nowhere:x" });
    expect(viewer.errors()).toEqual(["forbidden", "unknown_namespace"]);
    expect(answers(viewer)).toEqual([]);
  });

  test("a new token that does not allow it any more ends the member at once", () => {
    const node = new FakeNode();
    const [viewer, watching] = [new Viewer(node).open(ada), new Viewer(node).open(bob)];
    here(viewer, { memberId: "a" });
    here(watching, { memberId: "w" });
    node.pass(200);
    node.tokens.set("less", somebody("ada", may("subscribe")));
    viewer.session?.accept([{ type: "auth_request", id: "t", data: { token: "less" } }]);
    node.run();
    expect(last(viewer)).toMatchObject({ memberId: "a", leave: true, reason: "forbidden" });
    expect(newest(watching)).toMatchObject({ type: "presence_left", data: { memberId: "a", reason: "forbidden" } });
  });
});
