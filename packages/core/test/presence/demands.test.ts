/** §13.5 through a hub: what is wanted reaches who speaks for the lease, and nobody else. */
import type { Demand, LeaseData, SubscribeData } from "@signalbox/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { admin, FakeNode, somebody } from "../support/fake-node.ts";
import { Viewer } from "../support/viewer.ts";

const channel = "browser:b1";

const lease = (viewer: Viewer, data: Partial<LeaseData> = {}): void => {
  viewer.session?.accept([{ type: "lease", id: "l", data: { channel, producer: "p", ...data } }]);
};
const demands = ({ controls }: Viewer): Demand[] =>
  controls
    .filter(({ type }) => type === "demand")
    .map(({ data }) => {
      const { channel: of, ...demand } = data as Demand & { channel: string };
      expect(of).toBe(channel);
      return demand;
    });

function begun(): { node: FakeNode; producer: Viewer } {
  const node = new FakeNode();
  node.hub.tick();
  node.run();
  const producer = new Viewer(node).open();
  lease(producer);
  node.run();
  return { node, producer };
}

const watch = (node: FakeNode, data: Partial<SubscribeData> = {}): Viewer => {
  const viewer = new Viewer(node).open().subscribe({ channel, ...data });
  node.run();
  return viewer;
};

describe("§13.5 demand", () => {
  test("is told at first, when the first viewer comes, and when the last has been gone for a second", () => {
    const { node, producer } = begun();
    expect(demands(producer)).toEqual([{ viewers: 0 }]);
    node.pass(1_000);
    const viewer = watch(node);
    expect(demands(producer)).toEqual([{ viewers: 0 }, { viewers: 1 }]);
    node.pass(1_000);
    viewer.cut();
    node.pass(900);
    expect(demands(producer)).toHaveLength(2);
    node.pass(300);
    expect(demands(producer).at(-1)).toEqual({ viewers: 0 });
  });

  test("one that goes and comes again, as a poll does, is not told of", () => {
    const { node, producer } = begun();
    node.pass(1_000);
    let viewer = watch(node);
    for (let i = 0; i < 20; i++) {
      node.pass(700);
      viewer.cut();
      node.pass(200);
      viewer = watch(node);
    }
    expect(demands(producer)).toEqual([{ viewers: 0 }, { viewers: 1 }]);
  });

  test("names the widest and the fastest that anybody wants; who names none wants all", () => {
    const { node, producer } = begun();
    const [first, second] = [watch(node, { maxWidth: 320, maxHz: 2 }), watch(node, { maxWidth: 1_280, maxHz: 1 })];
    node.pass(1_000);
    expect(demands(producer).at(-1)).toEqual({ viewers: 2, maxWidth: 1_280, maxHz: 2 });
    second.session?.accept([{ type: "unsubscribe", id: "u", data: { channel } }]);
    second.subscribe({ channel, maxWidth: 640 });
    node.pass(1_000);
    expect(demands(producer).at(-1)).toEqual({ viewers: 2, maxWidth: 640 });
    first.cut();
    second.cut();
    node.pass(2_000);
    expect(demands(producer).at(-1)).toEqual({ viewers: 0 });
  });

  test("at most four a second, and the last one is true", () => {
    const { node, producer } = begun();
    for (let i = 0; i < 400; i++) {
      watch(node, { maxWidth: 100 + i });
      node.pass(5);
    }
    node.pass(1_000);
    expect(demands(producer).length).toBeLessThanOrEqual(11);
    expect(demands(producer).at(-1)).toEqual({ viewers: 400, maxWidth: 499 });
  });

  test("counts patterns, and viewers that are behind; not states, the producer itself, or who listens for steps", () => {
    const { node, producer } = begun();
    producer.subscribe({ channel });
    watch(node, { states: true });
    watch(node, { filter: { types: ["command_queued", "driver_changed", "presence_joined"] } });
    node.pass(1_000);
    expect(demands(producer)).toEqual([{ viewers: 0 }]);
    const slow = watch(node, { channel: "browser:*" });
    slow.waitingBytes = 10_000_000;
    node.publish(channel, 1);
    watch(node, { filter: { types: ["command_queued", "browser_update"] } });
    node.pass(1_000);
    expect(demands(producer).at(-1)).toEqual({ viewers: 2 });
    expect(node.hub.demand(channel)).toEqual({ viewers: 2 });
  });

  test("of a channel that one connection asked for twice the larger wish counts, once", () => {
    const { node, producer } = begun();
    node.publish(channel, 1);
    node.run();
    const viewer = watch(node, { maxWidth: 100, maxHz: 1 });
    viewer.subscribe({ channel: "browser:*", maxWidth: 900, maxHz: 5 });
    node.pass(1_000);
    expect(demands(producer).at(-1)).toEqual({ viewers: 1, maxWidth: 900, maxHz: 5 });
    viewer.session?.accept([{ type: "unsubscribe", id: "u", data: { channel: "browser:*" } }]);
    node.pass(1_000);
    expect(demands(producer).at(-1)).toEqual({ viewers: 1, maxWidth: 100, maxHz: 1 });
  });
});

type Deed =
  | { do: "watch"; who: number; maxWidth: number | undefined; pattern: boolean }
  | { do: "unwatch" | "cut"; who: number }
  | { do: "pass"; ms: number }
  | { do: "renew" };

const viewers = 3;
const whose = fc.nat(viewers - 1);
const deed: fc.Arbitrary<Deed> = fc.oneof(
  fc.record({
    ...{ do: fc.constant("watch" as const), who: whose, pattern: fc.boolean() },
    maxWidth: fc.constantFrom(undefined, 100, 200),
  }),
  fc.record({ do: fc.constantFrom("unwatch" as const, "cut" as const), who: whose }),
  fc.record({ do: fc.constant("pass" as const), ms: fc.constantFrom(0, 10, 249, 250, 999, 1_000) }),
  fc.record({ do: fc.constant("renew" as const) }),
);

test("whoever comes and goes in whatever order, what was told last is true once it is quiet", () => {
  fc.assert(
    fc.property(fc.array(deed, { maxLength: 40 }), (deeds) => {
      const { node, producer } = begun();
      node.publish(channel, 1);
      const all = Array.from({ length: viewers }, () => new Viewer(node).open());
      const nameOf = (pattern: boolean): string => (pattern ? "browser:*" : channel);
      for (const one of deeds) {
        if (one.do === "pass") node.pass(one.ms);
        else if (one.do === "renew") lease(producer, { epoch: 1 });
        else if (one.do === "watch") {
          const { maxWidth } = one;
          all[one.who]?.subscribe({ channel: nameOf(one.pattern), ...(maxWidth === undefined ? {} : { maxWidth }) });
        } else if (one.do === "cut") {
          all[one.who]?.cut();
          all[one.who] = new Viewer(node).open();
        } else all[one.who]?.session?.accept([{ type: "unsubscribe", id: "u", data: { channel } }]);
        node.run();
      }
      node.pass(3_000);
      expect(demands(producer).at(-1)).toEqual(node.hub.demand(channel));
    }),
    { numRuns: 300 },
  );
});

describe("§13.5 who is told", () => {
  test("a renewal binds the connection that sends it; what it knows is not told again", () => {
    const { node, producer } = begun();
    watch(node);
    node.pass(1_000);
    const other = new Viewer(node).open();
    lease(other, { epoch: 1, demand: { viewers: 1 } });
    node.pass(1_000);
    expect(demands(other)).toEqual([]);
    const before = demands(producer).length;
    watch(node);
    node.pass(1_000);
    expect([demands(other), demands(producer).length]).toEqual([[{ viewers: 2 }], before]);
    lease(other, { epoch: 1 });
    node.run();
    expect(demands(other)).toHaveLength(1);
  });

  test("nobody is after the lease is another's, or ended, or the connection is gone or may not", () => {
    for (const end of [
      (node: FakeNode) => lease(new Viewer(node).open(), { producer: "q", takeOver: true }),
      (_: FakeNode, producer: Viewer) => lease(producer, { epoch: 1, release: true }),
      (node: FakeNode) => {
        for (let i = 0; i < 20; i++) {
          node.pass(1_000);
          node.hub.tick();
        }
      },
      (_: FakeNode, producer: Viewer) => producer.cut(),
      (node: FakeNode, producer: Viewer) => {
        node.tokens.set("less", somebody("admin", [{ channels: "*", verbs: ["subscribe"] }]));
        producer.session?.accept([{ type: "auth_request", id: "t", data: { token: "less" } }]);
      },
    ]) {
      const { node, producer } = begun();
      expect(node.hub.demands.speakerOf(channel)).toBe(producer.session);
      const { session } = producer;
      end(node, producer);
      node.run();
      expect(node.hub.demands.speakerOf(channel)).not.toBe(session);
      watch(node);
      node.pass(2_000);
      expect(demands(producer)).toEqual([{ viewers: 0 }]);
    }
  });

  test("who may not hold the lease is told nothing", () => {
    const { node } = begun();
    const spy = new Viewer(node).open(somebody("spy", [{ channels: "*", verbs: ["subscribe"] }]));
    lease(spy, { epoch: 1 });
    const zombie = new Viewer(node).open(admin);
    lease(zombie, { epoch: 7 });
    node.run();
    expect([spy.errors(), zombie.errors()]).toEqual([["forbidden"], ["fenced"]]);
    expect([...demands(spy), ...demands(zombie)]).toEqual([]);
  });
});
