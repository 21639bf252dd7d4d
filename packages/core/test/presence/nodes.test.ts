/** §13.1–§13.4 over several nodes: the same members everywhere, told once by each to its own. */
import type { Message, PresenceData, PresenceMember } from "@signalbox/protocol";
import { describe, expect, test } from "vitest";
import { somebody } from "../support/fake-node.ts";
import { FakePeers } from "../support/fake-peers.ts";
import { Viewer } from "../support/viewer.ts";

const channel = "session:s1";
const verbs = ["presence", "subscribe"] as const;
const [ada, bob] = ["ada", "bob"].map((id) => somebody(id, [{ channels: "session:*", verbs }]));

const at = (cluster: FakePeers, name: string, who = ada): Viewer => new Viewer(cluster.node(name)).open(who);
const here = (viewer: Viewer, data: Partial<PresenceData> = {}): void => {
  viewer.session?.accept([{ type: "presence", id: "p", data: { channel, ...data } }]);
};
const last = ({ controls }: Viewer): PresenceData =>
  controls.filter(({ type }) => type === "presence").at(-1)?.data as PresenceData;
const told = ({ passed }: Viewer): string[] =>
  passed.map(({ json }) => {
    const { type, data } = JSON.parse(json) as Message<string, { memberId: string; reason?: string }>;
    return [type.replace("presence_", ""), data.memberId, data.reason].filter(Boolean).join(" ");
  });
const listed = (cluster: FakePeers, name: string) => cluster.node(name).hub.presence.list(channel, undefined);
const ids = ({ members }: { members: PresenceMember[] }): string[] => members.map(({ memberId }) => memberId);
const lists = (cluster: FakePeers) => [...cluster.nodes.keys()].map((name) => listed(cluster, name));

describe("members of all nodes", () => {
  test("are listed the same, with the same revision, and are told to those who are at other nodes", () => {
    const cluster = new FakePeers(["a", "b", "c"]);
    const [first, second] = [at(cluster, "a"), at(cluster, "b", bob)];
    here(first, { memberId: "one", name: "Ada" });
    cluster.pass(200);
    here(second, { memberId: "two", state: { view: "log" } });
    expect(last(second)).toMatchObject({ total: 2, members: [{ memberId: "one", name: "Ada" }, { memberId: "two" }] });
    cluster.pass(200);
    here(second, { memberId: "two", state: { view: "diff" } });
    cluster.pass(200);
    expect(told(first)).toEqual(["joined one", "joined two", "updated two"]);
    here(second, { memberId: "two", leave: true });
    cluster.pass(0);
    expect(told(first).at(-1)).toBe("left two left");
    here(second, { memberId: "two", state: { view: "map" } });
    cluster.pass(200);
    const [list, ...others] = lists(cluster);
    for (const other of others) expect(other).toEqual(list);
    expect(list?.members[1]?.state).toEqual({ view: "map" });
  });

  test("what is listed of nobody is the same before anybody came and after all have left", () => {
    const cluster = new FakePeers(["a", "b"]);
    const before = listed(cluster, "b");
    const viewer = at(cluster, "a");
    here(viewer, { memberId: "one" });
    cluster.pass(200);
    expect(listed(cluster, "b").revision).not.toBe(before.revision);
    viewer.cut();
    cluster.pass(6_000);
    expect(lists(cluster)).toEqual([before, before]);
  });

  test("who goes to another node within the linger time neither leaves nor joins, whether the first is gone or not", () => {
    for (const isKilled of [false, true]) {
      const cluster = new FakePeers(["a", "b", "c"]);
      const watching = at(cluster, "c", bob);
      here(watching, { memberId: "w" });
      const moving = at(cluster, "a");
      here(moving, { memberId: "m", name: "Ada" });
      cluster.pass(1_000);
      const { members } = listed(cluster, "c");
      if (isKilled) cluster.kill("a");
      else moving.cut();
      cluster.pass(4_000);
      const moved = at(cluster, "b");
      here(moved, { memberId: "m" });
      cluster.pass(20_000);
      expect(told(watching)).toEqual(["joined w", "joined m"]);
      expect(listed(cluster, "b").members).toEqual(members);
      expect(listed(cluster, "c").members).toEqual(members);
    }
  });

  test("those of a node that is gone linger, then have left: once, told by each node to its own", () => {
    const cluster = new FakePeers(["a", "b", "c"]);
    const watching = ["b", "c"].map((name) => at(cluster, name, bob).subscribe({ channel }));
    cluster.pass(100);
    for (const memberId of ["1", "2"]) here(at(cluster, "a"), { memberId });
    cluster.pass(1_000);
    cluster.kill("a");
    cluster.pass(4_900);
    for (const viewer of watching) expect(told(viewer)).toEqual(["joined 1", "joined 2"]);
    cluster.pass(10_000);
    for (const viewer of watching) expect(told(viewer)).toEqual(["joined 1", "joined 2", "left 1 gone", "left 2 gone"]);
    expect(lists(cluster).map(({ total }) => total)).toEqual([0, 0]);
  });

  test("a node that begins later waits for what others say, and then knows who is there", () => {
    const cluster = new FakePeers(["a"]);
    here(at(cluster, "a"), { memberId: "one", name: "Ada" });
    cluster.pass(1_000);
    cluster.start("b");
    const viewer = at(cluster, "b", bob);
    here(viewer, { memberId: "two" });
    expect(viewer.controls).toEqual([]);
    cluster.pass(1_000);
    expect(last(viewer)).toMatchObject({ total: 2, members: [{ memberId: "one", name: "Ada" }, { memberId: "two" }] });
    expect(told(viewer)).toEqual(["joined two"]);
  });

  test("one of several connections at several nodes keeps it; leaving at any ends it everywhere", () => {
    const cluster = new FakePeers(["a", "b", "c"]);
    const watching = at(cluster, "c", bob);
    here(watching, { memberId: "w" });
    const [one, other] = [at(cluster, "a"), at(cluster, "b")];
    here(one, { memberId: "m" });
    cluster.pass(200);
    here(other, { memberId: "m" });
    cluster.pass(200);
    one.cut();
    cluster.pass(10_000);
    expect(told(watching)).toEqual(["joined w", "joined m"]);
    here(at(cluster, "c"), { memberId: "m", leave: true });
    cluster.pass(500);
    expect(told(watching).at(-1)).toBe("left m left");
    expect(lists(cluster).map(ids)).toEqual([["w"], ["w"], ["w"]]);
  });

  test("an id belongs to who was first, also when two took it at the same moment", () => {
    const cluster = new FakePeers(["a", "b", "c"]);
    const [one, other] = [at(cluster, "a", ada), at(cluster, "b", bob)];
    here(one, { memberId: "m" });
    cluster.pass(200);
    here(other, { memberId: "m" });
    expect(other.errors()).toEqual(["already_exists"]);
    here(one, { memberId: "m", leave: true });
    cluster.pass(1_000);
    here(other, { memberId: "n" });
    cluster.pass(20, true);
    here(one, { memberId: "n" });
    cluster.pass(1_000);
    expect(last(one)).toMatchObject({ memberId: "n", leave: true, reason: "taken" });
    for (const { members } of lists(cluster))
      expect(members).toMatchObject([{ memberId: "n", principal: { id: "bob" } }]);
  });

  test("limits are of all nodes together", () => {
    const cluster = new FakePeers(["a", "b"], { presenceMembers: 2, presenceBytes: 100 });
    here(at(cluster, "a"), { memberId: "1", state: { text: "x".repeat(100) } });
    cluster.pass(200);
    const viewer = at(cluster, "b");
    here(viewer, { memberId: "2" });
    expect(viewer.errors()).toEqual(["overloaded"]);
    here(at(cluster, "a"), { memberId: "1", leave: true });
    cluster.pass(500);
    for (const memberId of ["1", "2", "3"]) {
      here(memberId === "2" ? at(cluster, "a") : viewer, { memberId });
      cluster.pass(200);
    }
    expect(viewer.errors()).toEqual(["overloaded", "too_many_members"]);
  });

  test("whether somebody is there is known at every node: drivers ask that", () => {
    const cluster = new FakePeers(["a", "b"]);
    const viewer = at(cluster, "a");
    here(viewer, { memberId: "1" });
    here(viewer, { memberId: "2" });
    cluster.pass(200);
    const isThere = () => [...cluster.nodes.values()].map(({ hub }) => hub.presence.hasConnected(channel, "user:ada"));
    expect(isThere()).toEqual([true, true]);
    viewer.cut();
    cluster.pass(200);
    expect(isThere()).toEqual([false, false]);
    here(at(cluster, "a"), { memberId: "1" });
    cluster.pass(200);
    cluster.kill("a");
    expect(cluster.node("b").hub.presence.hasConnected(channel, "user:ada")).toBe(false);
  });
});

describe("what was not heard", () => {
  test("is told anew once the link is back", () => {
    const cluster = new FakePeers(["a", "b"]);
    const viewers = ["1", "2", "3"].map((memberId) => {
      const viewer = at(cluster, "a");
      here(viewer, { memberId });
      return viewer;
    });
    cluster.pass(500);
    cluster.cut("b");
    viewers[0]?.cut();
    if (viewers[1]) here(viewers[1], { memberId: "2", state: { x: 1 } });
    here(at(cluster, "a"), { memberId: "4" });
    cluster.pass(1_000);
    cluster.heal("b");
    cluster.pass(10_000);
    const [list, other] = lists(cluster);
    expect(other).toEqual(list);
    expect(list === undefined ? [] : ids(list)).toEqual(["2", "3", "4"]);
  });

  test("a node that was thought gone and is not has its members again", () => {
    const cluster = new FakePeers(["a", "b"]);
    here(at(cluster, "a"), { memberId: "1" });
    cluster.pass(500);
    cluster.declareLeft("a");
    cluster.pass(6_000);
    expect(listed(cluster, "b").total).toBe(0);
    cluster.pass(10_000);
    expect(listed(cluster, "b")).toEqual(listed(cluster, "a"));
  });
});
