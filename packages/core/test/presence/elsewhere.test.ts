/** §13.5 over several nodes: who speaks for a lease is told of viewers at all of them. */
import type { Demand, SubscribeData } from "@signalbox/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { FakePeers } from "../support/fake-peers.ts";
import { Viewer } from "../support/viewer.ts";

const channel = "browser:b1";

function begun(names = ["a", "b", "c"]): { cluster: FakePeers; producer: Viewer } {
  const cluster = new FakePeers(names);
  return { cluster, producer: speak(cluster, "a") };
}

const speak = (cluster: FakePeers, name: string): Viewer => {
  const viewer = new Viewer(cluster.node(name)).open();
  viewer.session?.accept([{ type: "lease", id: "l", data: { channel, producer: "p", ttlMs: 600_000 } }]);
  cluster.pass(0);
  return viewer;
};
const watch = (cluster: FakePeers, name: string, data: Partial<SubscribeData> = {}): Viewer =>
  new Viewer(cluster.node(name)).open().subscribe({ channel, ...data });
const demands = ({ controls }: Viewer): Demand[] =>
  controls
    .filter(({ type }) => type === "demand")
    .map(({ data }) => {
      const { channel: _channel, ...demand } = data as Demand & { channel: string };
      return demand;
    });

test("viewers of all nodes are added up, and what the widest and fastest of them want is what is told", () => {
  const { cluster, producer } = begun();
  cluster.pass(1_000);
  watch(cluster, "b", { maxWidth: 320, maxHz: 2 });
  cluster.pass(500);
  expect(demands(producer)).toEqual([{ viewers: 0 }, { viewers: 1, maxWidth: 320, maxHz: 2 }]);
  const wide = watch(cluster, "c", { maxWidth: 1_280, maxHz: 1 });
  watch(cluster, "a", { maxWidth: 100, maxHz: 1 });
  cluster.pass(1_000);
  expect(demands(producer).at(-1)).toEqual({ viewers: 3, maxWidth: 1_280, maxHz: 2 });
  for (const { hub } of cluster.nodes.values()) expect(hub.demand(channel)).toEqual(demands(producer).at(-1));
  wide.cut();
  cluster.pass(2_000);
  expect(demands(producer).at(-1)).toEqual({ viewers: 2, maxWidth: 320, maxHz: 2 });
});

test("viewers that were there before are found; those of a node that is gone fall away", () => {
  const cluster = new FakePeers(["a", "b"]);
  for (let i = 0; i < 3; i++) watch(cluster, "b", { maxWidth: 640 });
  cluster.pass(1_000);
  const producer = speak(cluster, "a");
  cluster.pass(1_000);
  expect(demands(producer).at(-1)).toEqual({ viewers: 3, maxWidth: 640 });
  cluster.kill("b");
  cluster.pass(2_000);
  expect(demands(producer).at(-1)).toEqual({ viewers: 0 });
});

test("of channels that nobody speaks for nothing is told to other nodes", () => {
  const cluster = new FakePeers(["a", "b"]);
  const before = cluster.told;
  const viewers = Array.from({ length: 20 }, () => watch(cluster, "b"));
  cluster.pass(500);
  for (const viewer of viewers) viewer.cut();
  cluster.pass(500);
  expect(cluster.told).toBe(before);
});

test("who comes and goes within a moment costs other nodes at most four words a second", () => {
  const { cluster } = begun(["a", "b"]);
  cluster.pass(1_000);
  const before = cluster.told;
  for (let i = 0; i < 200; i++) {
    watch(cluster, "b");
    cluster.pass(10);
  }
  expect(cluster.told - before).toBeLessThanOrEqual(12);
});

test("a producer that goes to another node is told there, and no longer here", () => {
  const { cluster, producer } = begun();
  watch(cluster, "c");
  cluster.pass(1_000);
  const moved = speak(cluster, "b");
  cluster.pass(500);
  expect(demands(moved).at(-1)).toEqual({ viewers: 1 });
  const before = demands(producer).length;
  watch(cluster, "c");
  cluster.pass(1_000);
  expect([demands(moved).at(-1), demands(producer).length]).toEqual([{ viewers: 2 }, before]);
});

type Deed =
  | { do: "watch"; node: number; maxWidth: number | undefined }
  | { do: "leave" | "cut" | "heal"; node: number }
  | { do: "pass"; ms: number; isQuiet: boolean };

const node = fc.nat(2);
const deed: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("watch"), node, maxWidth: fc.constantFrom(undefined, 100, 200) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("leave", "cut", "heal"), node }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("pass"), ms: fc.constantFrom(0, 10, 250, 1_000), isQuiet: fc.boolean() }),
  },
);

test("whatever is lost, what was told last is true once it is quiet", () => {
  fc.assert(
    fc.property(fc.array(deed, { maxLength: 40 }), (deeds) => {
      const { cluster, producer } = begun();
      const names = [...cluster.nodes.keys()];
      const viewers: Viewer[][] = names.map(() => []);
      for (const one of deeds) {
        if (one.do === "pass") {
          cluster.pass(one.ms, one.isQuiet);
          continue;
        }
        const name = names[one.node] ?? "";
        const { maxWidth } = "maxWidth" in one ? one : {};
        if (one.do === "watch")
          viewers[one.node]?.push(watch(cluster, name, maxWidth === undefined ? {} : { maxWidth }));
        else if (one.do === "leave") viewers[one.node]?.pop()?.cut();
        else cluster[one.do](name);
      }
      for (const name of names) cluster.heal(name);
      cluster.pass(15_000);
      const told = demands(producer).at(-1);
      expect(told?.viewers).toBe(viewers.flat().length);
      for (const { hub } of cluster.nodes.values()) expect(hub.demand(channel)).toEqual(told);
    }),
    { numRuns: 100 },
  );
});
