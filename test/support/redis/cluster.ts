/** Six servers as one cluster: three primaries with a replica each. */
import { quietPort } from "../quiet-port.ts";
import { until } from "../until.ts";
import { type RedisOptions, type RedisServer, startAll, startRedis, stopAll } from "./server.ts";

export interface ClusterSetup {
  /** `redis+cluster://HOST:PORT,…`, of the first three. */
  readonly url: string;
  /** Servers 0–2 begin as primaries; 3–5 replicate them in this order. */
  readonly servers: readonly RedisServer[];
  /** The slot of a key, as Redis counts it. */
  slotOf(key: string): Promise<number>;
  /** The server that serves a slot now. */
  primaryOf(slot: number): Promise<RedisServer>;
  replicaOf(slot: number): Promise<RedisServer>;
  /** `CLUSTER FAILOVER` at the slot's replica: without a loss, or at once with `TAKEOVER`. Resolves when all agree. */
  failover(slot: number, how?: "TAKEOVER"): Promise<void>;
  /** Moves one slot with its keys to another primary while it is in use. */
  moveSlot(slot: number, to: RedisServer): Promise<void>;
  stop(): Promise<void>;
}

const slots = 16_384;
const shards = 3;

/** Less, and a loaded machine makes failovers of its own; milliseconds. */
const nodeTimeoutMs = 3_000;

interface Known {
  id: string;
  port: number;
  flags: readonly string[];
  primaryId: string;
  ranges: ReadonlyArray<readonly [from: number, to: number]>;
}

/** Lines of CLUSTER NODES. */
const parse = (text: string): Known[] =>
  text.split("\n").map((line) => {
    const [id = "", address = "", flags = "", primaryId = "", , , , , ...served] = line.split(" ");
    const ranges = served
      .filter((range) => !range.startsWith("["))
      .map((range) => {
        const [from = "", to = from] = range.split("-");
        return [Number(from), Number(to)] as const;
      });
    return { id, port: Number(/:(\d+)@/.exec(address)?.[1]), flags: flags.split(","), primaryId, ranges };
  });

export async function startCluster(options: RedisOptions = {}): Promise<ClusterSetup> {
  const start = async (): Promise<RedisServer> => {
    const config = [
      ...(options.config ?? []),
      "cluster-enabled yes",
      `cluster-port ${await quietPort()}`,
      `cluster-node-timeout ${nodeTimeoutMs}`,
      "repl-diskless-sync-delay 0",
      ...(options.tls ? ["tls-cluster yes", "tls-replication yes"] : []),
    ];
    return startRedis({ ...options, config });
  };
  const servers = await startAll(Array.from({ length: 2 * shards }, start));
  const [first] = servers;
  if (first === undefined) throw new Error("there is no server");
  const stop = (): Promise<void> => stopAll(servers);
  const nodes = async (server: RedisServer): Promise<Known[]> => parse(await server.command("cluster", "nodes"));
  const isWhole = async (server: RedisServer): Promise<boolean> => {
    const known = await nodes(server).catch(() => []);
    const primaries = known.filter(({ flags }) => flags.includes("master"));
    const replicas = known.filter(({ flags }) => flags.includes("slave"));
    return (
      primaries.length === shards &&
      replicas.length === shards &&
      known.every(({ flags }) => !flags.some((flag) => /^(handshake|fail\??|noaddr)$/.test(flag))) &&
      (await server.command("cluster", "info")).includes("cluster_state:ok")
    );
  };

  try {
    const bus = async (server: RedisServer): Promise<string> =>
      (await server.command("config", "get", "cluster-port")).split("\n")[1] ?? "";
    await Promise.all(
      servers.slice(0, shards).map((server, shard) => {
        const from = Math.floor((shard * slots) / shards);
        const to = Math.floor(((shard + 1) * slots) / shards) - 1;
        return server.commands([`cluster addslotsrange ${from} ${to}`, `cluster set-config-epoch ${shard + 1}`]);
      }),
    );
    // Each is introduced to the ones before: gossip alone would take seconds.
    for (const [index, server] of servers.entries()) {
      for (const other of servers.slice(0, index)) {
        await server.command("cluster", "meet", other.host, String(other.port), await bus(other));
      }
    }
    const ids = await Promise.all(servers.map((server) => server.command("cluster", "myid")));
    await Promise.all(
      servers.slice(shards).map((server, shard) =>
        until("the replica knows its primary", async () => {
          const answer = await server.command("cluster", "replicate", ids[shard] ?? "").catch(String);
          return answer === "OK";
        }),
      ),
    );
    for (const server of servers) await until("the cluster is whole", () => isWhole(server));
    for (const server of servers.slice(shards)) {
      await until("the replicas follow", async () =>
        (await server.command("info", "replication")).includes("master_link_status:up"),
      );
    }
  } catch (error) {
    await stop();
    throw error;
  }

  const at = (port: number | undefined): RedisServer => {
    const found = servers.find((server) => server.port === port);
    if (found === undefined) throw new Error(`no server on ${port}`);
    return found;
  };
  /** As a server that runs sees it. */
  const view = async (): Promise<Known[]> => {
    for (const server of servers) {
      const known = await nodes(server).catch(() => undefined);
      if (known !== undefined) return known;
    }
    throw new Error("no server of the cluster answers");
  };
  const serves = ({ flags, ranges }: Known, slot: number): boolean =>
    flags.includes("master") && ranges.some(([from, to]) => from <= slot && slot <= to);
  const primaryOf = async (slot: number): Promise<RedisServer> =>
    at((await view()).find((one) => serves(one, slot))?.port);
  const replicaOf = async (slot: number): Promise<RedisServer> => {
    const known = await view();
    const primary = known.find((one) => serves(one, slot));
    return at(known.find(({ primaryId }) => primaryId === primary?.id)?.port);
  };

  return {
    url: `redis${options.tls ? "s" : ""}+cluster://${options.password === undefined ? "" : `:${options.password}@`}${servers
      .slice(0, shards)
      .map(({ port }) => `127.0.0.1:${port}`)
      .join(",")}`,
    servers,
    slotOf: async (key) => Number(await first.command("cluster", "keyslot", key)),
    primaryOf,
    replicaOf,
    failover: async (slot, how) => {
      const next = await replicaOf(slot);
      await next.command("cluster", "failover", ...(how ? [how] : []));
      for (const server of servers) {
        await until("all servers know the new primary", async () => {
          const known = await nodes(server).catch(() => undefined);
          // A server that is down is told when it comes back.
          return known === undefined || known.some((one) => serves(one, slot) && one.port === next.port);
        });
      }
    },
    moveSlot: async (slot, to) => {
      const from = await primaryOf(slot);
      const [fromId, toId] = await Promise.all([from.command("cluster", "myid"), to.command("cluster", "myid")]);
      await to.command("cluster", "setslot", String(slot), "importing", fromId);
      await from.command("cluster", "setslot", String(slot), "migrating", toId);
      for (;;) {
        const keys = await from.command("cluster", "getkeysinslot", String(slot), "100");
        if (keys === "") break;
        const names = keys.split("\n");
        const auth = options.password === undefined ? [] : ["auth", options.password];
        await from.command("migrate", to.host, String(to.port), "", "0", "60000", ...auth, "keys", ...names);
      }
      await to.command("cluster", "setslot", String(slot), "node", toId);
      await from.command("cluster", "setslot", String(slot), "node", toId);
    },
    stop,
  };
}
