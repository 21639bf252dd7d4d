/** The broker for many nodes: Redis or Valkey, alone, with Sentinel, or as a Cluster. */
import type { Broker, NamespaceOptions } from "@signalbox/core";
import { RedisBroker } from "./broker.ts";
import { type Finding, findings, isBefore, serverVersion } from "./checks.ts";
import { Connection } from "./connection.ts";
import type { RedisDurability } from "./durability.ts";
import { inspect } from "./inspect.ts";
import { Keys } from "./keys.ts";
import type { LinkOptions } from "./link.ts";
import { type RedisOptions, type RedisPlace, readPlace, times } from "./options.ts";
import { Reach } from "./reach.ts";
import { awayOf } from "./replies.ts";
import { RoutedCommands } from "./routed.ts";
import { scripts } from "./scripts.ts";
import { ClusterServers, OneServer, SentinelServers, type Servers, type ServersOptions } from "./servers.ts";
import { openRedisStore } from "./store.ts";

export type { Finding } from "./checks.ts";
export type { RedisDurability } from "./durability.ts";
export type { RedisOptions } from "./options.ts";

export interface RedisBrokerOptions extends RedisOptions {
  namespaces: Readonly<Record<string, NamespaceOptions>>;
  /** What an OK of `append` means; default `async`. */
  durability?: RedisDurability;
  /** Before all names in Redis: gateways with different ones do not know of each other. Default `signalbox`. */
  prefix?: string;
  /** Milliseconds since 1970; the system's clock by default. */
  nowMs?: () => number;
  /** Told what a person should know of the server. */
  log?: { warn(message: string): void };
  /** Default 2 s and 10 s; for tests that do not wait for dead nodes. */
  heartbeat?: { everyMs: number; overdueMs: number };
}

/** Bytes that may wait for Redis: a second of a large fleet's events. */
const mostWaitingBytes = 67_108_864;

/** Sharded Pub/Sub came with it. */
const withShardedPubSub = [7, 0, 0] as const;

/** Rejects when no server answers, and when it is one that cannot be used; the message says what to do. */
export async function openRedisBroker(options: RedisBrokerOptions): Promise<Broker> {
  const { servers, connection, reach, place, key } = await connect(options);
  try {
    const found = await look(connection, key, place);
    for (const { level, message } of found.findings) if (level !== "refuse") options.log?.warn(message);
    const refused = found.findings.find(({ level }) => level === "refuse");
    if (refused !== undefined) throw new Error(refused.message);
    const naming = { node: "" };
    const store = await openRedisStore({
      // The node still says goodbye when the store is closed.
      commands: new RoutedCommands(connection, () => {}),
      namespaces: options.namespaces,
      nowMs: options.nowMs ?? Date.now,
      prefix: options.prefix ?? "signalbox",
      durability: options.durability ?? { mode: "async" },
      node: () => naming.node,
      publish: found.isSharded ? "SPUBLISH" : "PUBLISH",
      mostWaitingBytes,
    });
    return new RedisBroker({
      ...{ store, servers, connection, reach, naming, kind: found.isSharded ? "sharded" : "plain" },
      ...(options.heartbeat === undefined ? {} : { heartbeat: options.heartbeat }),
    });
  } catch (error) {
    connection.close();
    servers.close();
    throw error;
  }
}

/** What a person should know of this Redis, for `signalbox doctor`. Rejects when no server answers. */
export async function checkRedis(options: Pick<RedisBrokerOptions, keyof RedisOptions | "prefix">): Promise<Finding[]> {
  const { servers, connection, place, key } = await connect(options);
  try {
    return (await look(connection, key, place)).findings;
  } finally {
    connection.close();
    servers.close();
  }
}

interface Connected {
  servers: Servers;
  connection: Connection;
  reach: Reach;
  place: RedisPlace;
  /** One that every gateway uses, to ask for a server that is there. */
  key: string;
}

async function connect(options: Pick<RedisBrokerOptions, keyof RedisOptions | "prefix">): Promise<Connected> {
  const place = readPlace(options);
  const link: LinkOptions = {
    secure: place.secure,
    ...(place.username === undefined ? {} : { username: place.username }),
    ...(place.password === undefined ? {} : { password: place.password }),
    ...(options.tls === undefined ? {} : { tls: options.tls }),
  };
  const key = new Keys(options.prefix ?? "signalbox").everywhere();
  const servers = serversAt({
    ...{ place, link },
    ...(options.sentinelPassword === undefined ? {} : { sentinelPassword: options.sentinelPassword }),
  });
  const reach = new Reach();
  const first = Object.values(scripts).map(({ text }) => ["SCRIPT", "LOAD", text]);
  const connection = new Connection({ servers, link, reach, first });
  try {
    const endMs = performance.now() + times.start;
    await patiently(endMs, () => servers.start());
    await patiently(endMs, () => connection.start(key));
    return { servers, connection, reach, place, key };
  } catch (error) {
    connection.close();
    servers.close();
    throw error;
  }
}

/** What waiting does not mend. */
const forGood = /WRONGPASS|NOAUTH|NOPERM|self-signed|certificate|ERR unknown command/i;

async function patiently(endMs: number, attempt: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      const { message } = awayOf(error);
      if (performance.now() > endMs || forGood.test(message)) throw new Error(message, { cause: error });
      await new Promise((resolve) => setTimeout(resolve, times.moment / 5));
    }
  }
}

const kinds = { standalone: OneServer, sentinel: SentinelServers, cluster: ClusterServers } as const;

const serversAt = (options: ServersOptions): Servers => new kinds[options.place.kind](options);

async function look(
  connection: Connection,
  key: string,
  place: RedisPlace,
): Promise<{ findings: Finding[]; isSharded: boolean }> {
  const answers = await inspect((words) => connection.send(key, words), place);
  const version = serverVersion(answers.info);
  const isSharded = place.kind === "cluster" && version !== undefined && !isBefore(version, withShardedPubSub);
  return { findings: findings(answers), isSharded };
}
