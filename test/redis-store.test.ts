/** The Redis broker's store on a real Redis: the suite of every store. */
import type { Store } from "@signalbox/core";
import { storeSuite } from "@signalbox/testkit";
import { afterAll, beforeAll } from "vitest";
import { type RedisServer, startRedis } from "./support/redis/index.ts";
import { openTestStore, ownPrefix } from "./support/redis-store.ts";

let server: RedisServer;
const prefixes = new WeakMap<Store, string>();

beforeAll(async () => {
  server = await startRedis({ config: ["appendonly no"] });
});
afterAll(() => server.stop());

storeSuite("redis", {
  canSearch: false,
  modelRuns: 200,
  open: async (options) => {
    const prefix = ownPrefix();
    const store = await openTestStore(server.url, { ...options, prefix });
    prefixes.set(store, prefix);
    return store;
  },
  reopen: async (store, options) => {
    const prefix = prefixes.get(store);
    if (prefix === undefined) throw new Error("not opened here");
    await store.close();
    const again = await openTestStore(server.url, { ...options, prefix });
    prefixes.set(again, prefix);
    return again;
  },
});
