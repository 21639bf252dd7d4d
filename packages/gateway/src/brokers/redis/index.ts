/** The broker for many nodes: Redis or Valkey, alone, with Sentinel, or as a Cluster. */
import type { Broker, NamespaceOptions } from "@signalbox/core";
import { RedisBroker } from "./broker.ts";
import { Connection } from "./connection.ts";
import { type Finding, inspect } from "./inspect.ts";
import type { LinkOptions } from "./link.ts";
import { type RedisOptions, type RedisPlace, readPlace, times } from "./options.ts";
import { Reach } from "./reach.ts";
import { scripts } from "./scripts.ts";
import { ClusterServers, OneServer, SentinelServers, type Servers } from "./servers.ts";
import { openRedisStore } from "./store.ts";

export type { RedisOptions } from "./options.ts";

export interface RedisBrokerOptions extends RedisOptions {
  namespaces: Readonly<Record<string, NamespaceOptions>>;
  /** Milliseconds since 1970; the system's clock by default. */
  nowMs?: () => number;
  /** Told what a person should know of the server. */
  log?: { warn(message: string): void };
  /** Of the nodes; for tests that do not wait for real ones. */
  heartbeat?: { everyMs: number; overdueMs: number };
}
