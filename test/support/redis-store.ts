/** Stores over a real Redis that tests started. */
import type { NamespaceOptions } from "@signalbox/core";
import { openStandalone } from "../../packages/gateway/src/brokers/redis/commands.ts";
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

export async function openTestStore(
  url: string,
  { answerMs = 20_000, ...options }: Partial<RedisStoreOptions> & { answerMs?: number } = {},
): Promise<RedisStore> {
  return openRedisStore({
    commands: await openStandalone({ url, answerMs }),
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
