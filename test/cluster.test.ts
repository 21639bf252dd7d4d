/**
 * F1 F3 R1–R6 I1–I6 I9 I12 I14 on three nodes that share a Redis, behind haproxy: nodes are killed, stood still and deployed,
 * Redis is killed, stood still, cut off, emptied and failed over, while people publish, watch over every transport, give commands
 * and decide. `SIGNALBOX_SEED` repeats the choices of a run; cluster-run.ts makes long ones.
 */
import { expect, test } from "vitest";
import {
  cutEveryClient,
  cutOneLink,
  cutPubSub,
  type Fault,
  failOver,
  failSlotOver,
  flushAll,
  hangOneLink,
  killOneNode,
  killPrimary,
  killRedis,
  moveSlot,
  pauseRedis,
  restartEachNode,
  restartEmpty,
  stopOneNode,
  takeSlotOver,
} from "./support/cluster/faults.ts";
import { linkOf, startLinkedRedis } from "./support/cluster/linked-redis.ts";
import { inPlace, type Place, type Store, seed } from "./support/cluster/place.ts";
import { printed, recoveryTable, Trial } from "./support/cluster/trial.ts";
import { startCluster, startRedis, startSentinel } from "./support/redis/index.ts";
import { inProcesses } from "./support/steering/agents.ts";
import { Run } from "./support/steering/run.ts";

/** Who comes too late is told so; nobody in these runs does anything else that could be refused. */
const expected: ReadonlySet<string> = new Set(["wrong_state", "already_decided", "fenced"]);

test("nothing lost, nothing twice, one order, one decision, whatever node or link is broken", {
  timeout: 600_000,
}, async () => {
  const setup = { start: startLinkedRedis, redisUrl: linkOf };
  await inPlace(setup, async ({ store: { redis, links }, nodes, journals }) => {
    const trial = new Trial({ nodes, folder: journals, seed });
    const run = new Run({
      ...{ folder: journals, seed, agents: 2, givers: 2, beginAgent: inProcesses },
      gateway: { url: nodes.url, kill9: () => nodes.kill9(), restart: () => nodes.restart() },
    });
    const killed = (point: string): void => run.killed(point);
    try {
      await trial.run([
        ...[killOneNode(nodes, killed), cutPubSub(redis), restartEachNode(nodes), killRedis(redis)],
        ...[killOneNode(nodes, killed), pauseRedis(redis), restartEachNode(nodes), hangOneLink(links)],
        ...[killOneNode(nodes, killed), cutEveryClient(redis), restartEachNode(nodes), stopOneNode(nodes)],
        ...[killRedis(redis), cutOneLink(links)],
      ]);
      await trial.settle();
      const { isFinished } = await run.finish(120_000);
      const { broken, counters, violations, recovery, published } = trial.judge(await trial.final());
      console.log(JSON.stringify({ seed, published, ...counters, broken }));
      console.log(recoveryTable(recovery));
      expect(printed(violations)).toBe("");
      expect(trial.traffic.problems).toEqual([]);
      expect(isFinished).toBe(true);
      expect(Object.keys(counters.refused).filter((error) => !expected.has(error))).toEqual([]);
      // Otherwise the run proved nothing.
      expect(counters.seen).toBeGreaterThan(published);
      for (const much of ["given", "executed", "approvedDeeds", "duplicatesSuppressed"] as const) {
        expect([much, counters[much]]).toEqual([much, expect.toSatisfy((count: number) => count > 0)]);
      }
    } finally {
      await trial.traffic.close();
      await run.abort();
    }
  });
});

/** What was kept may be lost; that is said to everybody, and all that follows is there once, in one order. */
async function loses<Own extends Store>(
  { store, nodes, journals }: Place<Own>,
  faults: (store: Own) => Promise<readonly Fault[]>,
): Promise<void> {
  const trial = new Trial({ nodes, folder: journals, seed });
  try {
    await trial.run(await faults(store));
    await trial.settle();
    const { broken, counters, violations, recovery, published } = trial.judge(await trial.final());
    console.log(JSON.stringify({ seed, published, ...counters, broken }));
    console.log(recoveryTable(recovery));
    expect(printed(violations)).toBe("");
    expect(trial.traffic.problems).toEqual([]);
    // Otherwise the run proved nothing.
    expect(counters.gaps.epoch_changed).toBeGreaterThan(0);
  } finally {
    await trial.traffic.close();
  }
}

test("what a Redis loses is not lost in silence", { timeout: 600_000 }, () =>
  inPlace({ start: startRedis }, (place) =>
    loses(place, async (redis) => [flushAll(async () => [redis]), restartEmpty(redis)]),
  ),
);

test("what a failover loses is not lost in silence, with Sentinel", { timeout: 600_000 }, () =>
  inPlace({ start: startSentinel }, (place) =>
    loses(place, async (sentinel) => [killPrimary(sentinel), failOver(sentinel)]),
  ),
);

test("what a failover loses is not lost in silence, in a Cluster", { timeout: 600_000 }, () =>
  inPlace({ start: startCluster }, (place) =>
    loses(place, async (cluster) => {
      const slot = await cluster.slotOf("signalbox:{!}");
      return [failSlotOver(cluster, slot), moveSlot(cluster, slot), takeSlotOver(cluster, slot)];
    }),
  ),
);
