/** The Redis broker on a cluster of three primaries with a replica each. */
import { defaultNamespaces } from "@signalbox/core";
import { brokerSuite, storeSuite } from "@signalbox/testkit";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { openRedisBroker } from "../packages/gateway/src/brokers/redis/index.ts";
import { slotOf } from "../packages/gateway/src/brokers/redis/slot.ts";
import { type ClusterSetup, startCluster } from "./support/redis/index.ts";
import { nothingLostSilently, Publisher, Watcher } from "./support/redis-history.ts";
import { asUser, nodesAt, ownOptions, storesAt, user } from "./support/redis-nodes.ts";

let cluster: ClusterSetup;

beforeAll(async () => {
  cluster = await startCluster({ config: [user("+spublish +ssubscribe +sunsubscribe")] });
});
afterAll(() => cluster.stop());

const announced = "the cluster says where its servers are: nothing can be put between";

storeSuite("redis cluster", { canSearch: false, modelRuns: 5, ...storesAt(() => asUser(cluster.url)) });

brokerSuite("redis cluster", {
  cluster: async (namespaces) => nodesAt(asUser(cluster.url), namespaces),
  skip: {
    "a node that dies is gone for all others, and they are told once": announced,
    "a node that was cut off is told that it missed something, and hears again": announced,
  },
});

test("§5 slots are counted as the cluster does", async () => {
  for (const key of ["a", "123456789", "p:{t}:live:a", "{}a", "{a}{b}", "x{", "}{a}", "é{ü}"]) {
    expect(slotOf(key)).toBe(await cluster.slotOf(key));
  }
});

/** Two nodes that publish and watch in channels of several tenants, and so of several shards. */
async function twoNodes() {
  const channels = ["", "!t!", "!u!", "!v!", "!w!"].flatMap((tenant) => [`${tenant}agent:a`, `${tenant}agent:b`]);
  const options = ownOptions(asUser(cluster.url), defaultNamespaces);
  const one = await openRedisBroker(options);
  const other = await openRedisBroker(options);
  onTestFinished(async () => {
    await one.close();
    await other.close();
  });
  const watchers = [await new Watcher(one, channels).begin("one"), await new Watcher(other, channels).begin("other")];
  const publishers = [new Publisher(one, "p").start(channels), new Publisher(other, "q").start(channels)];
  const slot = await cluster.slotOf(`${options.prefix}:{!}:root`);
  const ended = async (): Promise<void> => {
    for (const publisher of publishers) await publisher.more(50);
    for (const publisher of publishers) await publisher.stop();
    for (const watcher of watchers) await watcher.agrees(one);
    await nothingLostSilently(one, publishers);
    for (const { missed } of watchers) expect(missed).toBeGreaterThan(0);
  };
  await publishers[0]?.more(50);
  return { slot, ended };
}

test("R4 CLUSTER FAILOVER amid events: nothing acknowledged is lost unless the epoch says so, and the feed goes on", async () => {
  const { slot, ended } = await twoNodes();
  await cluster.failover(slot);
  await ended();
});

test("R6 a slot that moves amid events: nothing acknowledged is lost unless the epoch says so, and the feed goes on", async () => {
  const { slot, ended } = await twoNodes();
  const from = await cluster.primaryOf(slot);
  const others = await Promise.all([0, 6_000, 12_000].map((other) => cluster.primaryOf(other)));
  const to = others.find((server) => server !== from);
  if (to === undefined) throw new Error("there is only one primary");
  await cluster.moveSlot(slot, to);
  await ended();
});

test("R4 a primary that is killed amid events: its replica takes over, and the feed goes on", async () => {
  const { slot, ended } = await twoNodes();
  const primary = await cluster.primaryOf(slot);
  await primary.kill();
  await ended();
  await primary.start();
});
