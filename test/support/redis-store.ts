/** Stores over a real Redis that tests started. */
import type { NamespaceOptions } from "@signalbox/core";
import type { RedisCommands } from "../../packages/gateway/src/brokers/redis/commands.ts";
import { Connection } from "../../packages/gateway/src/brokers/redis/connection.ts";
import { readPlace } from "../../packages/gateway/src/brokers/redis/options.ts";
import { Reach } from "../../packages/gateway/src/brokers/redis/reach.ts";
import { RoutedCommands } from "../../packages/gateway/src/brokers/redis/routed.ts";
import { scripts } from "../../packages/gateway/src/brokers/redis/scripts.ts";
import { OneServer } from "../../packages/gateway/src/brokers/redis/servers.ts";
import {
  openRedisStore,
  type RedisStore,
  type RedisStoreOptions,
} from "../../packages/gateway/src/brokers/redis/store.ts";

const plenty = { ageMs: 86_400_000, count: 100_000, bytes: 1_000_000_000 };

const roomy: Readonly<Record<string, NamespaceOptions>> = { roomy: { durability: "fsync", retention: plenty } };

let made = 0;
/** No two tests share keys. */
export const ownPrefix = (): string => `test${++made}`;

interface Linked {
  url: string;
  /** Milliseconds until a reply is overdue. */
  answerMs: number;
}

/** Commands to one server, without a node. Links come back at once. */
export async function openTestCommands({ url, answerMs }: Linked): Promise<RedisCommands> {
  const place = readPlace({ url });
  const link = { secure: place.secure, answerMs };
  const connection = new Connection({
    ...{ link, servers: new OneServer({ place, link }), reach: new Reach(), backoffMostMs: 10 },
    first: Object.values(scripts).map(({ text }) => ["SCRIPT", "LOAD", text]),
  });
  await connection.start("any");
  return new RoutedCommands(connection, () => connection.close());
}

export async function openTestStore(
  url: string,
  { answerMs = 20_000, ...options }: Partial<RedisStoreOptions> & { answerMs?: number } = {},
): Promise<RedisStore> {
  return openRedisStore({
    commands: await openTestCommands({ url, answerMs }),
    namespaces: roomy,
    nowMs: Date.now,
    prefix: "signalbox",
    durability: { mode: "async" },
    node: () => "node-1",
    publish: "PUBLISH",
    mostWaitingBytes: 67_108_864,
    ...options,
  });
}
