/** Namespaces of durability `memory` inside the sqlite store. */
import { rmSync } from "node:fs";
import type { Entry, NamespaceOptions, Store } from "@signalbox/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openSqliteStore } from "../../src/stores/sqlite/index.ts";
import { scratch } from "./support/scratch.ts";

const retention = { ageMs: 86_400_000, count: 1_000, bytes: 1_000_000 };
const namespaces: Record<string, NamespaceOptions> = {
  agent: { durability: "fsync", retention },
  browser: { durability: "memory", retention: { ...retention, count: 5 } },
};

const entry = (channel: string, id: number): Entry => ({
  channel,
  id: String(id),
  type: "frame",
  timestampMs: id,
  body: JSON.stringify({ id: String(id), type: "frame", timestamp: id, data: {} }),
});

let directory: string;
let store: Store;

const reopen = async (): Promise<void> => {
  await store.close();
  store = await openSqliteStore({ directory, namespaces });
};

beforeEach(async () => {
  directory = scratch();
  store = await openSqliteStore({ directory, namespaces });
});

afterEach(async () => {
  await store.close();
  rmSync(directory, { recursive: true });
});

test("§5.2 one batch may hold both; the answers are in its order", async () => {
  const batch = [
    entry("browser:b", 1),
    entry("agent:a", 2),
    entry("nowhere:n", 3),
    entry("browser:b", 4),
    entry("agent:a", 5),
  ];
  expect(await store.append(batch)).toMatchObject([
    { offset: 1 },
    { offset: 1, epoch: store.epoch },
    { ok: false, code: "unknown_namespace" },
    { offset: 2 },
    { offset: 2, epoch: store.epoch },
  ]);
  expect((await store.read("browser:b", 0, 10, 1_000)).events.map(({ body }) => JSON.parse(body).id)).toEqual([
    "1",
    "4",
  ]);
  expect((await store.list("*", "", 10)).map(({ channel }) => channel)).toEqual(["agent:a", "browser:b"]);
  expect((await store.list("*", "agent:a", 1)).map(({ channel }) => channel)).toEqual(["browser:b"]);
});

test("§2.3 their epoch is known before the first event, and is another after a restart", async () => {
  const before = (await store.info("browser:b"))?.epoch;
  expect(before).not.toBe(store.epoch);
  expect(await store.append([entry("browser:b", 1)])).toMatchObject([{ epoch: before, offset: 1 }]);
  expect(await store.info("browser:b")).toMatchObject({ epoch: before, top: 1 });
  await store.append([entry("agent:a", 1)]);
  const { epoch } = store;
  await reopen();
  expect(store.epoch).toBe(epoch);
  expect(await store.info("agent:a")).toMatchObject({ epoch, top: 1 });
  expect((await store.info("browser:b"))?.epoch).not.toBe(before);
  expect((await store.info("browser:b"))?.top).toBe(0);
});

test("F11 their retention and snapshots are theirs", async () => {
  await store.append(Array.from({ length: 9 }, (_, i) => entry("browser:b", i + 1)));
  expect(await store.info("browser:b")).toMatchObject({ floor: 5, top: 9 });
  expect(await store.trimmed("browser:b", 1, 4)).toEqual({ counts: { frame: 4 }, countsFrom: 1 });
  const epoch = (await store.info("browser:b"))?.epoch ?? "";
  const snapshot = { channel: "browser:b", epoch, offset: 8, state: "{}", version: 1 };
  await store.saveSnapshots([snapshot]);
  expect(await store.loadSnapshot("browser:b")).toEqual(snapshot);
});

test("a channel whose namespace is declared `memory` now is not the one on disk", async () => {
  await store.append([entry("agent:a", 1), entry("agent:a", 2)]);
  await store.close();
  const changed = { ...namespaces, agent: { durability: "memory", retention } as const };
  store = await openSqliteStore({ directory, namespaces: changed });
  expect(await store.info("agent:a")).toMatchObject({ top: 0 });
  expect(await store.append([entry("agent:a", 3)])).toMatchObject([{ offset: 1 }]);
  expect(await store.list("*", "", 10)).toHaveLength(1);
  await reopen();
  expect(await store.info("agent:a")).toMatchObject({ top: 2, epoch: store.epoch });
});

test("§14.1 events in memory add to counts on disk, and the other way round", async () => {
  const register = (key: string) => ({ key, from: 0, value: "{}", open: true, counts: [0] });
  const adds = [
    { key: "budget/disk", amounts: [1] },
    { key: "budget/memory", amounts: [10] },
  ];
  await store.append([
    { ...entry("agent:a", 1), register: register("budget/disk") },
    { ...entry("browser:b", 2), register: register("budget/memory") },
  ]);
  await store.append([{ ...entry("agent:a", 3), adds }]);
  await store.append([{ ...entry("browser:b", 4), adds, idempotencyKey: "k" }]);
  await store.append([{ ...entry("browser:b", 4), adds, idempotencyKey: "k" }]);
  expect((await store.register("budget/disk"))?.counts).toEqual([2]);
  expect((await store.register("budget/memory"))?.counts).toEqual([20]);
  await reopen();
  expect((await store.register("budget/disk"))?.counts).toEqual([2]);
});
