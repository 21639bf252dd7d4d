/**
 * The trial of cluster.test.ts for as long as one likes, with faults in an order that the seed gives:
 * `npx node --conditions=source test/cluster-run.ts --minutes 10 --seed 1`. Prints what came out; exits with 1 if anything broke.
 */
import { parseArgs } from "node:util";
import {
  cutEveryClient,
  cutOneLink,
  cutPubSub,
  type Fault,
  hangOneLink,
  killOneNode,
  killRedis,
  pauseRedis,
  restartEachNode,
  stopOneNode,
} from "./support/cluster/faults.ts";
import { linkOf, startLinkedRedis } from "./support/cluster/linked-redis.ts";
import { inPlace } from "./support/cluster/place.ts";
import { printed, recoveryTable, Trial } from "./support/cluster/trial.ts";
import { inProcesses } from "./support/steering/agents.ts";
import { between, chance } from "./support/steering/chance.ts";
import { Run } from "./support/steering/run.ts";

const { values } = parseArgs({ options: { minutes: { type: "string" }, seed: { type: "string" } } });
const minutes = Number(values.minutes ?? 5);
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 32));

await inPlace({ start: startLinkedRedis, redisUrl: linkOf }, async ({ store: { redis, links }, nodes, journals }) => {
  const startedMs = performance.now();
  const trial = new Trial({ nodes, folder: journals, seed });
  const run = new Run({
    ...{ folder: journals, seed, agents: 3, givers: 3, beginAgent: inProcesses },
    gateway: { url: nodes.url, kill9: () => nodes.kill9(), restart: () => nodes.restart() },
  });
  const killed = (point: string): void => run.killed(point);
  try {
    const all = [
      ...[killOneNode(nodes, killed), killOneNode(nodes, killed), killOneNode(nodes, killed), stopOneNode(nodes)],
      ...[restartEachNode(nodes), killRedis(redis), pauseRedis(redis), cutPubSub(redis), cutEveryClient(redis)],
      ...[cutOneLink(links), hangOneLink(links)],
    ];
    const random = chance(seed, "order of faults");
    for (let round = 1; performance.now() - startedMs < minutes * 60_000; round++) {
      await trial.run(shuffled(all, random));
      console.error(`round ${round}, ${Math.round((performance.now() - startedMs) / 1_000)} s`);
    }
    await trial.settle();
    const { isFinished } = await run.finish(300_000);
    const { broken, counters, violations, recovery, published } = trial.judge(await trial.final());
    const seconds = Math.round((performance.now() - startedMs) / 1_000);
    console.log(JSON.stringify({ seed, seconds, published, isFinished, ...counters, broken }, undefined, 2));
    console.log(recoveryTable(recovery));
    if (violations.length > 0 || !isFinished || trial.traffic.problems.length > 0) {
      throw new Error(`broken: ${printed(violations)}\n${trial.traffic.problems.slice(0, 10).join("\n")}`);
    }
  } finally {
    await trial.traffic.close();
    await run.abort();
  }
});

function shuffled(faults: readonly Fault[], random: () => number): Fault[] {
  const left = [...faults];
  return faults.flatMap(() => left.splice(between(random, 0, left.length - 1), 1));
}
