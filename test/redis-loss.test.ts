/** What Redis loses is never lost in silence: an epoch ends, so that no position ever means two events (RELIABILITY §2, R4, R9). */
import type { Appended, Entry, Kept, Store } from "@signalbox/core";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RedisStore } from "../packages/gateway/src/brokers/redis/store.ts";
import { startFaultyLink } from "./support/faulty-link.ts";
import { type RedisServer, startRedis } from "./support/redis/index.ts";
import { openTestStore, ownPrefix } from "./support/redis-store.ts";
import { until } from "./support/until.ts";

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis({ config: ["appendonly no"] });
});
afterAll(() => server.stop());

let made = 0;
const entry = (channel: string, rest: Partial<Entry> = {}): Entry => {
  const id = `e${++made}`;
  return { channel, id, type: "test_event", timestampMs: 1, body: JSON.stringify({ id, data: {} }), ...rest };
};
const entries = (channel: string, count: number): Entry[] => Array.from({ length: count }, () => entry(channel));

/** Every position that was acknowledged, with its event: the memory of somebody who saw all of them. */
class Witness {
  readonly #seen = new Map<string, string>();

  saw(channel: string, result: Appended | undefined, body: string): void {
    if (!result?.ok || result.offset === undefined) throw new Error(`not kept: ${JSON.stringify(result)}`);
    this.#is(channel, result.epoch, result.offset, body);
  }

  async append(store: Store, channel: string, count = 1): Promise<string> {
    const batch = entries(channel, count);
    const results = await store.append(batch);
    for (const [i, one] of batch.entries()) this.saw(channel, results[i], one.body);
    const [first] = results;
    return first?.ok ? first.epoch : "";
  }

  /** A position is of one event; and while an epoch lasts, nothing that was seen of it is missing. */
  async check(store: Store, channel: string): Promise<void> {
    const { epoch, floor, top, events } = await store.read(channel, 0, 1_000, 1e9);
    expect(events.map(({ offset }) => offset)).toEqual(Array.from({ length: top - floor + 1 }, (_, i) => floor + i));
    for (const { offset, body } of events) this.#is(channel, epoch, offset, body);
    const offsets = new Set(events.map(({ offset }) => offset));
    for (const key of this.#seen.keys()) {
      const [of, during, offset] = key.split(" ");
      if (of === channel && during === epoch) expect([key, offsets.has(Number(offset))]).toEqual([key, true]);
    }
  }

  #is(channel: string, epoch: string, offset: number, body: string): void {
    const key = `${channel} ${epoch} ${offset}`;
    expect([key, this.#seen.get(key) ?? body]).toEqual([key, body]);
    this.#seen.set(key, body);
  }
}

/** Two nodes on one Redis. */
async function twoNodes(url = server.url): Promise<{ a: RedisStore; b: RedisStore; prefix: string }> {
  const prefix = ownPrefix();
  const open = (node: string): Promise<RedisStore> => openTestStore(url, { prefix, node: () => node });
  return { a: await open("a"), b: await open("b"), prefix };
}

async function closeAll(...stores: readonly Store[]): Promise<void> {
  for (const store of stores) await store.close();
}

test("R9 FLUSHALL: all nodes agree on a new epoch, for channels that were there and for others", async () => {
  const { a, b } = await twoNodes();
  const witness = new Witness();
  const before = await witness.append(a, "roomy:a", 3);
  expect([a.epoch, b.epoch]).toEqual([before, before]);
  await server.command("flushall");
  const now = (await b.read("roomy:a", 0, 10, 1e6)).epoch;
  expect(now).not.toBe(before);
  expect(await b.info("roomy:a")).toBeUndefined();
  expect(b.epoch).toBe(now);
  expect(await witness.append(a, "roomy:a", 2)).toBe(now);
  expect(await a.info("roomy:other")).toBeUndefined();
  expect([a.epoch, b.epoch]).toEqual([now, now]);
  await witness.check(a, "roomy:a");
  await closeAll(a, b);
});

test("R9 DEL of one stream: that channel's epoch ends, its neighbours keep theirs, and offsets go on", async () => {
  const { a, b, prefix } = await twoNodes();
  const witness = new Witness();
  const before = await witness.append(a, "roomy:a", 3);
  await witness.append(a, "roomy:b", 2);
  await a.saveSnapshots([{ channel: "roomy:a", epoch: before, offset: 3, state: "{}", version: 1 }]);
  await server.command("del", `${prefix}:{!}:events:roomy:a`);
  const page = await b.read("roomy:a", 0, 10, 1e6);
  expect(page).toMatchObject({ floor: 4, top: 3, events: [] });
  expect(page.epoch).not.toBe(before);
  expect(await b.loadSnapshot("roomy:a")).toBeUndefined();
  expect((await a.info("roomy:b"))?.epoch).toBe(before);
  const [next] = await a.append([entry("roomy:a")]);
  expect(next).toMatchObject({ epoch: page.epoch, offset: 4 });
  await witness.check(a, "roomy:b");
  await closeAll(a, b);
});

test("R9 a channel whose other keys are gone begins a new epoch, and is the same for all from then on", async () => {
  const { a, b, prefix } = await twoNodes();
  const witness = new Witness();
  const before = await witness.append(a, "roomy:a", 3);
  await server.command("del", `${prefix}:{!}:meta:roomy:a`);
  const found = await a.info("roomy:a");
  expect(found).toMatchObject({ floor: 1, top: 0 });
  expect(found?.epoch).not.toBe(before);
  expect(await b.info("roomy:a")).toEqual(found);
  expect(await b.append([entry("roomy:a", { expected: { epoch: before, offset: 3 } })])).toMatchObject([
    { code: "head_moved", details: { epoch: found?.epoch, offset: 0 } },
  ]);
  expect(await witness.append(b, "roomy:a", 2)).toBe(found?.epoch);
  await witness.check(a, "roomy:a");
  // The root is gone: everything begins anew.
  await server.command("del", `${prefix}:{!}:root`);
  expect((await a.info("roomy:a"))?.epoch).not.toBe(found?.epoch);
  expect((await a.list("*", "", 10)).map(({ channel }) => channel)).toEqual(["roomy:a"]);
  await closeAll(a, b);
});

test("R9 whatever keys an eviction takes, no position means two events and nothing is missing within an epoch", async () => {
  const channels = ["roomy:a", "roomy:b", "roomy:c"];
  const { a, b, prefix } = await twoNodes();
  const witness = new Witness();
  const step = fc.oneof(
    fc.record({ do: fc.constant("append" as const), at: fc.nat(2), count: fc.integer({ min: 1, max: 4 }) }),
    fc.record({ do: fc.constant("look" as const), at: fc.nat(2) }),
    fc.record({ do: fc.constant("evict" as const), which: fc.double({ min: 0, max: 1, noNaN: true }) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 20 }), fc.boolean(), async (steps, other) => {
      for (const [i, one] of steps.entries()) {
        const store = (i % 2 === 0) === other ? a : b;
        if (one.do === "append") await witness.append(store, channels[one.at] ?? "", one.count);
        else if (one.do === "look") await witness.check(store, channels[one.at] ?? "");
        else {
          // The test's own prefix: no user's text.
          const keys = (await server.command("keys", `${prefix}:*`)).split("\n").filter(Boolean).sort();
          const key = keys[Math.floor(one.which * keys.length)];
          if (key !== undefined) await server.command("del", key);
        }
      }
      for (const channel of channels) await witness.check(a, channel);
    }),
    { numRuns: process.env.CI ? 25 : 150 },
  );
  await closeAll(a, b);
});

test("R9 a server that evicts by itself loses nothing in silence", async () => {
  const evicting = await startRedis({ config: ["appendonly no"] });
  try {
    const { a, b } = await twoNodes(evicting.url);
    const witness = new Witness();
    const channels = Array.from({ length: 40 }, (_, i) => `roomy:${i}`);
    for (const channel of channels) await witness.append(a, channel, 20);
    const used = Number(/used_memory:(\d+)/.exec(await evicting.command("info", "memory"))?.[1]);
    await evicting.commands([`config set maxmemory-policy allkeys-random`, `config set maxmemory ${used - 60_000}`]);
    const evicted = async (): Promise<number> =>
      Number(/evicted_keys:(\d+)/.exec(await evicting.command("info", "stats"))?.[1]);
    await until("keys are evicted", async () => {
      await evicting.command("set", "other", "x");
      return (await evicted()) > 5;
    });
    await evicting.command("config", "set", "maxmemory", "0");
    for (const channel of channels) await witness.check(b, channel);
    for (const channel of channels) await witness.append(a, channel, 2);
    for (const channel of channels) await witness.check(b, channel);
    await closeAll(a, b);
  } finally {
    await evicting.stop();
  }
});

test("R9 an older dump that is put back begins a new epoch", async () => {
  const dumped = await startRedis({ config: ["appendonly no"] });
  try {
    const witness = new Witness();
    const first = await openTestStore(dumped.url);
    const before = await witness.append(first, "roomy:a", 5);
    await dumped.command("save");
    await witness.append(first, "roomy:a", 3);
    await dumped.kill();
    await dumped.start();
    await first.close();
    const again = await openTestStore(dumped.url);
    expect(again.epoch).not.toBe(before);
    const page = await again.read("roomy:a", 0, 10, 1e6);
    expect(page).toMatchObject({ floor: 1, top: 5, epoch: again.epoch });
    expect(page.events).toHaveLength(5);
    expect(await witness.append(again, "roomy:a", 3)).toBe(again.epoch);
    await witness.check(again, "roomy:a");
    await again.close();
  } finally {
    await dumped.stop();
  }
});

test("R4 after a failover to a replica that lagged, what it had is there and what it had not begins no doubt", async () => {
  const primary = await startRedis({ config: ["appendonly no", "repl-diskless-sync-delay 0"] });
  const link = await startFaultyLink(primary, { latencyMs: 0, sliceBytes: 65_536 });
  const replicaOf = `replicaof 127.0.0.1 ${new URL(link.url).port}`;
  const replica = await startRedis({ config: ["appendonly no", replicaOf] });
  try {
    const inSync = async (): Promise<boolean> =>
      (await primary.command("info", "replication")).includes("state=online,offset=");
    await until("the replica follows", inSync);
    const witness = new Witness();
    const a = await openTestStore(primary.url);
    const before = await witness.append(a, "roomy:a", 5);
    const kept: Kept[] = (await a.read("roomy:a", 0, 10, 1e6)).events;
    await until("the replica has them", async () => (await primary.command("wait", "1", "1000")) === "1");
    link.hang();
    await witness.append(a, "roomy:a", 3);
    await primary.kill();
    await replica.command("replicaof", "no", "one");
    await a.close();
    const b = await openTestStore(replica.url);
    const page = await b.read("roomy:a", 0, 10, 1e6);
    expect(page.events).toEqual(kept);
    expect(page.epoch).not.toBe(before);
    expect(await witness.append(b, "roomy:a", 3)).toBe(page.epoch);
    await witness.check(b, "roomy:a");
    await b.close();
  } finally {
    await replica.stop();
    await link.close();
    await primary.stop();
  }
});

test("W5 a tenant has an epoch of its own, which is told where it is not the store's", async () => {
  const { a, b } = await twoNodes();
  expect(await a.info("roomy:a")).toBeUndefined();
  const untouched = await a.info("!acme!roomy:a");
  expect(untouched).toMatchObject({ channel: "!acme!roomy:a", floor: 1, top: 0 });
  expect(await b.info("!acme!roomy:a")).toEqual(untouched);
  const at = { epoch: untouched?.epoch ?? "", offset: 0 };
  expect(await b.append([entry("!acme!roomy:a", { expected: at }), entry("roomy:a")])).toMatchObject([
    { ok: true, epoch: at.epoch, offset: 1 },
    { ok: true, epoch: a.epoch, offset: 1 },
  ]);
  expect((await a.list("!acme!*", "!acme!", 10)).map(({ channel }) => channel)).toEqual(["!acme!roomy:a"]);
  expect((await a.list("*", '"', 10)).map(({ channel }) => channel)).toEqual(["roomy:a"]);
  await closeAll(a, b);
});
