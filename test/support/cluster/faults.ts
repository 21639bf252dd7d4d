/** What is broken on purpose under nodes that share a Redis, each mended again by the time it resolves. */
import { setTimeout as pause } from "node:timers/promises";
import type { ClusterSetup, RedisServer, SentinelSetup } from "../redis/index.ts";
import { between, type Chance, oneOf } from "../steering/chance.ts";
import { until } from "../until.ts";
import type { Nodes } from "./nodes.ts";

export interface Fault {
  kind: string;
  /** Channels may begin anew, */
  renews?: true;
  /** and without what got its OK before. */
  loses?: true;
  /** Resolves when it is mended. */
  run(random: Chance): Promise<void>;
}

/** Long enough that clients notice. */
const downMs = { least: 300, most: 1_500 };

export const killOneNode = (nodes: Nodes, killed: (what: string) => void): Fault => ({
  kind: "node: SIGKILL",
  run: async (random) => {
    const node = oneOf(random, nodes.all);
    await node.kill9();
    killed("any point");
    await pause(between(random, downMs.least, downMs.most));
    await node.restart();
  },
});

export const stopOneNode = (nodes: Nodes): Fault => ({
  kind: "node: SIGSTOP 2 s",
  run: async (random) => {
    const node = oneOf(random, nodes.all);
    process.kill(node.pid, "SIGSTOP");
    try {
      await pause(2_000);
    } finally {
      process.kill(node.pid, "SIGCONT");
    }
  },
});

/** Each node in turn, as a deploy does it: the next one once the one before is back. */
export const restartEachNode = (nodes: Nodes): Fault => ({
  kind: "rolling restart of three nodes",
  run: async () => {
    for (const node of nodes.all) await node.restart();
  },
});

export const killRedis = (redis: RedisServer): Fault => ({
  kind: "Redis: SIGKILL, started again",
  // With all it had: but who asks a server that was started again cannot know that.
  renews: true,
  run: async (random) => {
    await redis.kill();
    await pause(between(random, downMs.least, downMs.most));
    await redis.start();
  },
});

export const pauseRedis = (redis: RedisServer): Fault => ({
  kind: "Redis: SIGSTOP 3 s",
  run: async () => {
    await redis.pause();
    try {
      await pause(3_000);
    } finally {
      redis.resume();
    }
  },
});

export const cutPubSub = (redis: RedisServer): Fault => ({
  kind: "Redis: CLIENT KILL TYPE pubsub",
  run: async () => {
    await redis.command("client", "kill", "type", "pubsub");
  },
});

export const cutEveryClient = (redis: RedisServer): Fault => ({
  kind: "Redis: CLIENT KILL TYPE normal",
  run: async () => {
    await redis.command("client", "kill", "type", "normal", "skipme", "yes");
  },
});

export const flushAll = (servers: () => Promise<readonly RedisServer[]>): Fault => ({
  kind: "Redis: FLUSHALL",
  loses: true,
  run: async () => {
    for (const server of await servers()) await server.command("flushall");
  },
});

/** As with `appendonly no`: it comes back with nothing. */
export const restartEmpty = (redis: RedisServer): Fault => ({
  kind: "Redis: SIGKILL, comes back empty",
  loses: true,
  run: async () => {
    await redis.command("config", "set", "appendonly", "no");
    await redis.kill();
    await redis.start();
  },
});

/** The link of one node to Redis: what it says does not arrive, or what it is told, though nobody ends the connection. */
export interface Link {
  hang(): void;
  cut(): void;
  mend(): void;
  forget(): void;
}

export const hangOneLink = (links: readonly Link[]): Fault => ({
  kind: "one node's link to Redis: nothing passes for 3 s",
  run: async (random) => {
    const link = oneOf(random, links);
    link.hang();
    await pause(3_000);
    link.forget();
  },
});

export const cutOneLink = (links: readonly Link[]): Fault => ({
  kind: "one node's link to Redis: reset, refused for 2 s",
  run: async (random) => {
    const link = oneOf(random, links);
    link.cut();
    try {
      await pause(2_000);
    } finally {
      link.mend();
    }
  },
});

/** Replication does not wait: what the primary had alone is lost. It comes back as a replica. */
export const killPrimary = (sentinel: SentinelSetup): Fault => ({
  kind: "Sentinel: primary killed, failover",
  loses: true,
  run: async () => {
    const former = await sentinel.primary();
    await former.kill();
    await sentinel.otherThan(former);
    await former.start();
  },
});

export const failOver = (sentinel: SentinelSetup): Fault => ({
  kind: "Sentinel: failover by hand",
  loses: true,
  run: async () => {
    const former = await sentinel.primary();
    await sentinel.failover();
    // Until it hears of it, it takes writes of whoever has not heard of it either.
    await until("the former primary follows", async () => (await former.command("role")).startsWith("slave"));
  },
});

export const failSlotOver = (cluster: ClusterSetup, slot: number): Fault => ({
  kind: "Cluster: CLUSTER FAILOVER",
  loses: true,
  run: () => cluster.failover(slot),
});

export const takeSlotOver = (cluster: ClusterSetup, slot: number): Fault => ({
  kind: "Cluster: CLUSTER FAILOVER TAKEOVER",
  loses: true,
  run: () => cluster.failover(slot, "TAKEOVER"),
});

export const moveSlot = (cluster: ClusterSetup, slot: number): Fault => ({
  kind: "Cluster: the slot moves to another shard",
  renews: true,
  run: async () => {
    const from = await cluster.primaryOf(slot);
    const elsewhere = await cluster.primaryOf(from === (await cluster.primaryOf(0)) ? 16_383 : 0);
    await cluster.moveSlot(slot, elsewhere);
  },
});

/** All nodes say that nothing is missing. */
export async function allReady(nodes: Nodes): Promise<void> {
  for (const node of nodes.all) {
    await until("a node is ready", async () => {
      const answer = await fetch(`${node.url}/health/ready`).catch(() => undefined);
      return answer?.ok === true && ((await answer.json()) as { status: string }).status === "ready";
    });
  }
}
