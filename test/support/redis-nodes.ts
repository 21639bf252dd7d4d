/** Nodes that share a Redis a test started: for the suite of brokers, and for what goes wrong. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Broker, NamespaceOptions, Store } from "@signalbox/core";
import type { BrokerCluster, StoreHarness, StoreOptions } from "@signalbox/testkit";
import { openRedisBroker, type RedisBrokerOptions } from "../../packages/gateway/src/brokers/redis/index.ts";
import { type Gate, openGate, type RedisServer } from "./redis/index.ts";

const documented = readFileSync(resolve(import.meta.dirname, "../../docs/redis.md"), "utf8");
const password = "PASSWORD";

/**
 * The line for redis.conf that docs/redis.md gives, so that the tests run with the rights that people give; prefixes of tests begin
 * with `signalbox`. `more`: rights that only some need.
 */
export const user = (more = ""): string => {
  const line = documented.split("\n").find((one) => one.startsWith("user signalbox "));
  if (line === undefined) throw new Error("docs/redis.md has no user any more");
  for (const right of more.split(" "))
    if (!documented.includes(right)) throw new Error(`docs/redis.md has no ${right}`);
  return `${line.replaceAll("signalbox:*", "signalbox*")} ${more}`.trim();
};

/** The address of a Redis, as that user. */
export const asUser = (url: string): string => url.replace("://", `://signalbox:${password}@`);

let made = 0;

/** A test's own part of Redis. Nodes that die are missed after half a second and more. */
export const ownOptions = (
  url: string,
  namespaces: Readonly<Record<string, NamespaceOptions>>,
): RedisBrokerOptions => ({
  ...{ url, namespaces, prefix: `signalbox-nodes${++made}` },
  heartbeat: { everyMs: 100, overdueMs: 700 },
});

/** For the suite of stores: brokers that have not begun. */
export const storesAt = (url: () => string): Pick<StoreHarness, "open" | "reopen"> => {
  const prefixes = new WeakMap<Store, string>();
  const open = async (prefix: string, options: StoreOptions): Promise<Store> => {
    const store = await openRedisBroker({ url: url(), prefix, ...options });
    prefixes.set(store, prefix);
    return store;
  };
  return {
    open: (options) => open(`signalbox-store${++made}`, options),
    reopen: async (store, options) => {
      const prefix = prefixes.get(store);
      if (prefix === undefined) throw new Error("not opened here");
      await store.close();
      return open(prefix, options);
    },
  };
};

/** Without `cut`: where servers say themselves where they are, nothing can be put between. */
export const nodesAt = (url: string, namespaces: Readonly<Record<string, NamespaceOptions>>): BrokerCluster => {
  const options = ownOptions(url, namespaces);
  return { open: () => openRedisBroker(options) };
};

/** Each has a gate of its own; `close` ends those. */
export function gatedNodesAt(
  server: RedisServer,
  withUser: (url: string) => string,
  namespaces: Readonly<Record<string, NamespaceOptions>>,
): Required<BrokerCluster> & { gateOf(broker: Broker): Gate; close(): Promise<void> } {
  const options = ownOptions(server.url, namespaces);
  const gates = new Map<Broker, Gate>();
  const gateOf = (broker: Broker): Gate => {
    const gate = gates.get(broker);
    if (gate === undefined) throw new Error("not opened here");
    return gate;
  };
  return {
    gateOf,
    open: async () => {
      const gate = await openGate(server);
      const broker = await openRedisBroker({ ...options, url: withUser(gate.url) });
      gates.set(broker, gate);
      return broker;
    },
    cut: async (broker) => gateOf(broker).shut(),
    heal: async (broker) => gateOf(broker).open(),
    kill: async (broker) => gateOf(broker).shut(),
    close: async () => {
      for (const gate of gates.values()) await gate.close();
    },
  };
}
