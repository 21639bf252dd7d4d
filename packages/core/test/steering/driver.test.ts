/** §13.6 the steps of driving, and §13.7 leaving, through a hub. */
import type { Draft, PublishResult } from "@signalbox/protocol";
import { describe, expect, test } from "vitest";
import { type Driver, stepDriver } from "../../src/steering/driver.ts";
import { FakeNode, somebody } from "../support/fake-node.ts";
import { Viewer } from "../support/viewer.ts";
import { facts } from "./facts.ts";

const channel = "agent:a";

const take = (before: Driver | undefined, data: Record<string, unknown> = {}, by = "user:ada") =>
  stepDriver(before, { type: "driver_changed", data: { channel, ...data } }, { ...facts({ by }), id: channel });

function kept(before: Driver | undefined, data: Record<string, unknown> = {}, by = "user:ada"): Driver {
  const stepped = take(before, data, by);
  if (stepped.did !== "change") throw new Error(JSON.stringify(stepped));
  return stepped.next;
}

const adas = kept(undefined);
const free = kept(adas, { driver: null });

describe("§13.6 driver_changed", () => {
  test("when nobody drives everybody may take or give", () => {
    expect(adas).toEqual({ channel, driver: "user:ada", how: "took", by: "user:ada", since: 1_000_000 });
    expect(kept(free, { driver: "user:bob" })).toMatchObject({ driver: "user:bob", how: "gave", by: "user:ada" });
  });

  test("who drives gives and releases; others are told who does, unless they take", () => {
    expect(kept(adas, { driver: "user:bob" })).toMatchObject({ how: "gave", previous: "user:ada" });
    expect(free).toMatchObject({ driver: null, how: "released", previous: "user:ada" });
    for (const driver of [undefined, "user:bob", "user:carl", null]) {
      const data = driver === undefined ? {} : { driver };
      expect(take(adas, data, "user:bob")).toMatchObject({ failed: "not_driving", details: { driver: "user:ada" } });
      expect(kept(adas, { ...data, take: true }, "user:bob")).toMatchObject({
        driver: driver === undefined ? "user:bob" : driver,
        previous: "user:ada",
        by: "user:bob",
      });
    }
  });

  test("what is so already is a repeat, or nothing", () => {
    expect(take(adas)).toEqual({ did: "repeat", newest: true });
    expect(take(adas, { driver: "user:ada" }, "user:bob")).toEqual({ did: "repeat", newest: true });
    expect(take(free, { driver: null })).toMatchObject({ failed: "wrong_state", details: { driver: null } });
    expect(take(undefined, { driver: null, take: true })).toMatchObject({ failed: "wrong_state" });
  });

  test("what is stamped cannot be chosen, and what nobody knows is kept", () => {
    const stepped = take(adas, { take: true, how: "left", by: "user:eve", previous: "x", why: "tired" }, "user:bob");
    expect(stepped).toMatchObject({
      data: { channel, driver: "user:bob", how: "took", by: "user:bob", previous: "user:ada", why: "tired" },
    });
    expect(take(undefined, { previous: "user:eve" })).not.toHaveProperty("data.previous");
  });

  test("it takes the command input, in the driven channel", () => {
    const step = { type: "driver_changed", data: { channel } };
    const only = (commands?: string[]) => [
      { channels: "agent:*", verbs: ["command"] as const, ...(commands && { commands }) },
    ];
    expect(stepDriver(undefined, step, facts({ id: channel }, only(["pause"])))).toMatchObject({ failed: "forbidden" });
    expect(stepDriver(undefined, step, facts({ id: channel }, only(["input"])))).toMatchObject({ did: "change" });
    expect(stepDriver(undefined, step, facts({ id: "agent:b" }, only()))).toMatchObject({ failed: "invalid_message" });
  });

  test("the gateway only ends what is as it thinks", () => {
    expect(take(adas, { driver: null, previous: "user:ada" }, "gateway:n")).toMatchObject({
      next: { how: "left", driver: null },
    });
    expect(take(adas, { driver: null, previous: "user:bob" }, "gateway:n")).toMatchObject({ failed: "wrong_state" });
    expect(take(free, { driver: null, previous: "user:ada" }, "gateway:n")).toMatchObject({ failed: "wrong_state" });
  });
});

const verbs = ["command", "presence", "subscribe"] as const;
const person = (id: string) => somebody(id, [{ channels: "*", verbs }]);
const [ada, bob] = [person("ada"), person("bob")];

function publish(node: FakeNode, principal: typeof ada, ...drafts: Draft[]): PublishResult[] {
  let results: PublishResult[] = [];
  node.hub.publish(drafts, { principal }, (all) => {
    results = all;
  });
  node.run();
  return results;
}
const drive = (data: object = {}): Draft => ({ type: "driver_changed", channel, data: { channel, ...data } });
const input = (name = "input"): Draft => ({ type: "command_queued", channel, data: { target: channel, name } });
const errorOf = ([result]: PublishResult[]) => (result !== undefined && "error" in result ? result.error : undefined);
const events = (node: FakeNode): Array<Record<string, unknown>> =>
  (node.histories.get(channel)?.events ?? []).map(({ type, body }) => ({ type, ...JSON.parse(body).data }));

const started = (node = new FakeNode()): FakeNode => {
  node.hub.tick();
  node.run();
  return node;
};
/** Time passes as in a gateway: a tick each second. */
function pass(node: FakeNode, seconds: number): void {
  for (let i = 0; i < seconds; i++) {
    node.pass(1_000);
    node.hub.tick();
    node.run();
  }
}
const here = (viewer: Viewer): void =>
  viewer.session?.accept([{ type: "presence", id: "p", data: { channel, memberId: "m" } }]);

describe("§13.6 through a hub", () => {
  test("input of others is refused while somebody drives, other commands are not", () => {
    const node = started();
    expect(errorOf(publish(node, bob, input()))).toBeUndefined();
    publish(node, ada, drive());
    expect(errorOf(publish(node, bob, input()))).toMatchObject({
      name: "not_driving",
      details: { driver: "user:ada" },
    });
    expect(errorOf(publish(node, bob, input("pause")))).toBeUndefined();
    expect(errorOf(publish(node, ada, input()))).toBeUndefined();
    publish(node, bob, drive({ take: true }));
    expect(errorOf(publish(node, ada, input()))).toMatchObject({ details: { driver: "user:bob" } });
    publish(node, bob, drive({ driver: null }));
    expect(errorOf(publish(node, ada, input()))).toBeUndefined();
  });

  test("of many who take at once one drives, and the others are told who; in one frame it holds at once", () => {
    const node = started();
    const results: PublishResult[][] = [];
    const people = Array.from({ length: 100 }, (_, i) => person(`p${i}`));
    for (const principal of people) node.hub.publish([drive()], { principal }, (all) => results.push(all));
    node.run();
    expect(results.filter((all) => errorOf(all) === undefined)).toHaveLength(1);
    expect(results.filter((all) => errorOf(all)?.details?.driver === "user:p0")).toHaveLength(99);
    const [taken, given] = publish(node, bob, drive({ take: true }), input());
    expect([taken, given]).toMatchObject([{ duplicate: false }, { duplicate: false }]);
  });

  test("taking again what one has says where it was taken", () => {
    const node = started();
    publish(node, bob, drive());
    const [taken] = publish(node, ada, drive({ take: true }));
    const [again] = publish(node, ada, drive());
    expect(again).toMatchObject({ duplicate: true, offset: (taken as { offset: number }).offset });
    expect(events(node)).toHaveLength(2);
  });
});

describe("§13.7 who is gone has left", () => {
  test("30 s after the last connection and the last input, once", () => {
    const node = started();
    const viewer = new Viewer(node).open(ada);
    here(viewer);
    publish(node, ada, drive());
    pass(node, 60);
    viewer.cut();
    pass(node, 29);
    expect(node.hub.steering.isBusy).toBe(true);
    publish(node, ada, input());
    pass(node, 29);
    expect(events(node).filter(({ how }) => how === "left")).toEqual([]);
    pass(node, 3);
    expect(events(node).at(-1)).toEqual({
      ...{ type: "driver_changed", channel, driver: null, previous: "user:ada" },
      ...{ how: "left", by: "gateway:n1" },
    });
    // The input that nobody took expires meanwhile.
    pass(node, 660);
    expect(events(node).filter(({ how }) => how === "left")).toHaveLength(1);
    expect(node.hub.steering.isBusy).toBe(false);
  });

  test("after a restart, and after a pause of the gateway, it has the whole time again; then it has left", () => {
    const node = started();
    publish(node, ada, drive());
    pass(node, 25);
    node.restart();
    started(node);
    pass(node, 25);
    node.pass(3_600_000);
    node.hub.tick();
    pass(node, 25);
    expect(events(node).filter(({ how }) => how === "left")).toEqual([]);
    pass(node, 6);
    expect(events(node).at(-1)).toMatchObject({ how: "left" });
  });

  test("a store that fails meanwhile is asked again; who is back in time goes on driving", () => {
    const node = started();
    publish(node, ada, drive());
    node.broken = { failed: "unavailable", message: "no" };
    pass(node, 40);
    node.broken = undefined;
    pass(node, 2);
    expect(events(node).at(-1)).toMatchObject({ how: "left" });
    publish(node, ada, drive());
    pass(node, 20);
    here(new Viewer(node).open(ada));
    pass(node, 120);
    expect(events(node).at(-1)).toMatchObject({ how: "took", driver: "user:ada" });
  });
});
