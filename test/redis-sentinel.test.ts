/** The Redis broker on a primary with a replica and three sentinels. */
import { defaultNamespaces } from "@signalbox/core";
import { brokerSuite, storeSuite } from "@signalbox/testkit";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { openRedisBroker } from "../packages/gateway/src/brokers/redis/index.ts";
import { type SentinelSetup, startSentinel } from "./support/redis/index.ts";
import { nothingLostSilently, Publisher, Watcher } from "./support/redis-history.ts";
import { asUser, nodesAt, ownOptions, storesAt, user } from "./support/redis-nodes.ts";

let setup: SentinelSetup;

beforeAll(async () => {
  setup = await startSentinel({ config: [user()] });
});
afterAll(() => setup.stop());

const announced = "the sentinels say where the servers are: nothing can be put between";

storeSuite("redis with sentinels", { canSearch: false, modelRuns: 5, ...storesAt(() => asUser(setup.url)) });

brokerSuite("redis with sentinels", {
  cluster: async (namespaces) => nodesAt(asUser(setup.url), namespaces),
  skip: {
    "a node that dies is gone for all others, and they are told once": announced,
    "a node that was cut off is told that it missed something, and hears again": announced,
  },
});

test("R4 a failover amid events: nothing acknowledged is lost unless the epoch says so, and the feed goes on", async () => {
  const channels = Array.from({ length: 10 }, (_, n) => `agent:a${n}`);
  const options = ownOptions(asUser(setup.url), defaultNamespaces);
  const one = await openRedisBroker(options);
  const other = await openRedisBroker(options);
  onTestFinished(async () => {
    await one.close();
    await other.close();
  });
  const watchers = [await new Watcher(one, channels).begin("one"), await new Watcher(other, channels).begin("other")];
  const publishers = [new Publisher(one, "p").start(channels), new Publisher(other, "q").start(channels)];
  await publishers[0]?.more(50);
  await setup.failover();
  for (const publisher of publishers) await publisher.more(50);
  // And one that nobody asked for: the primary is gone.
  const primary = await setup.primary();
  await primary.kill();
  await setup.otherThan(primary);
  for (const publisher of publishers) await publisher.more(50);
  await primary.start();
  for (const publisher of publishers) await publisher.stop();
  for (const watcher of watchers) await watcher.agrees(one);
  await nothingLostSilently(one, publishers);
  for (const { missed } of watchers) expect(missed).toBeGreaterThan(0);
});
