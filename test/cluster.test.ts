/**
 * F1 F3 R1 R2 R3 R5 I1–I6 I9 I12 I14 on three nodes that share a Redis, behind haproxy: nodes are killed, stood still and deployed,
 * Redis is killed, stood still, cut off and emptied, while people publish, watch over every transport, give commands and decide.
 * `SIGNALBOX_SEED` repeats the choices of a run.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  cutEveryClient,
  cutOneLink,
  cutPubSub,
  flushAll,
  hangOneLink,
  killOneNode,
  killRedis,
  pauseRedis,
  restartEachNode,
  restartEmpty,
  stopOneNode,
} from "./support/cluster/faults.ts";
import { type Nodes, startNodes } from "./support/cluster/nodes.ts";
import { printed, recoveryTable, Trial } from "./support/cluster/trial.ts";
import { type FaultyLink, startFaultyLink } from "./support/faulty-link.ts";
import { type RedisServer, startRedis } from "./support/redis/index.ts";
import { inProcesses } from "./support/steering/agents.ts";
import { Run } from "./support/steering/run.ts";

const seed = Number(process.env.SIGNALBOX_SEED ?? Math.floor(Math.random() * 2 ** 32));

/** Who comes too late is told so; nobody in these runs does anything else that could be refused. */
const expected: ReadonlySet<string> = new Set(["wrong_state", "already_decided", "fenced"]);

interface Place {
  redis: RedisServer;
  links: readonly FaultyLink[];
  nodes: Nodes;
  folder: string;
  journals: string;
}

/** Each node reaches Redis through a link of its own. */
async function inPlace(config: readonly string[], play: (place: Place) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-cluster-"));
  const redis = await startRedis({ config });
  const links: FaultyLink[] = [];
  let nodes: Nodes | undefined;
  try {
    for (let n = 0; n < 3; n++) links.push(await startFaultyLink(redis, { latencyMs: 0, sliceBytes: 65_536 }));
    const redisUrl = (n: number): string => (links[n]?.url ?? "").replace("http:", "redis:");
    nodes = await startNodes({ redisUrl, folder });
    await play({ redis, links, nodes, folder, journals: join(folder, "journals") });
    rmSync(folder, { recursive: true, force: true });
  } catch (error) {
    console.error(nodes?.logs().slice(-20_000));
    throw new Error(`with SIGNALBOX_SEED=${seed}, journals in ${folder}/journals`, { cause: error });
  } finally {
    await nodes?.stop().catch(() => {});
    for (const link of links) await link.close();
    await redis.stop();
  }
}

test("nothing lost, nothing twice, one order, one decision, whatever node or link is broken", {
  timeout: 600_000,
}, async () => {
  await inPlace(["appendfsync always"], async ({ redis, links, nodes, journals }) => {
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

test("what Redis itself loses is never lost in silence", { timeout: 600_000 }, async () => {
  await inPlace([], async ({ redis, nodes, journals }) => {
    const trial = new Trial({ nodes, folder: journals, seed });
    try {
      await trial.run([flushAll(async () => [redis]), restartEmpty(redis), flushAll(async () => [redis])]);
      await trial.settle();
      const { broken, counters, violations, recovery, published } = trial.judge(await trial.final());
      console.log(JSON.stringify({ seed, published, ...counters, broken }));
      console.log(recoveryTable(recovery));
      expect(printed(violations)).toBe("");
      expect(trial.traffic.problems).toEqual([]);
      expect(counters.lostAndTold).toBeGreaterThan(0);
    } finally {
      await trial.traffic.close();
    }
  });
});
