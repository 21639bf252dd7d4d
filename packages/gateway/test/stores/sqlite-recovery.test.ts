/** What the sqlite store makes of its own files after a kill, and of values and settings that it did not expect. */
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type Entry, type NamespaceOptions, type Store, StoreFailed } from "@signalbox/core";
import { afterAll, afterEach, expect, test } from "vitest";
import type { Row } from "../../src/stores/sqlite/event-log.ts";
import { openSqliteStore } from "../../src/stores/sqlite/index.ts";
import { SearchIndex } from "../../src/stores/sqlite/search-index.ts";
import { Storage } from "../../src/stores/sqlite/storage.ts";
import { scratch } from "./support/scratch.ts";

const root = scratch();
const stores = new Set<Store>();
const complaints: string[] = [];
const retention = { ageMs: 86_400_000, count: 100_000, bytes: 100_000_000 };
const roomy: Record<string, NamespaceOptions> = { a: { durability: "fsync", retention } };
const cramped = (less: Partial<typeof retention>): typeof roomy => ({
  a: { durability: "fsync", retention: { ...retention, ...less } },
});

afterEach(async () => {
  for (const store of stores) await store.close();
  stores.clear();
  complaints.length = 0;
});
afterAll(() => rmSync(root, { recursive: true }));

const newDirectory = (): string => mkdtempSync(join(root, "data-"));

async function open(directory: string, namespaces = roomy): Promise<Store> {
  const log = { error: (message: string) => complaints.push(message) };
  const store = await openSqliteStore({ directory, namespaces, log });
  stores.add(store);
  return store;
}

async function reopen(store: Store, directory: string, namespaces = roomy): Promise<Store> {
  stores.delete(store);
  await store.close();
  return open(directory, namespaces);
}

/** The files as they would be had the process been killed now. */
function killed(directory: string): string {
  const image = newDirectory();
  for (const name of ["signalbox.db", "signalbox.db-wal", "signalbox.head"])
    cpSync(join(directory, name), join(image, name));
  return image;
}

const entry = (seq: number, rest: Partial<Entry> = {}, text = ""): Entry => ({
  channel: "a:1",
  id: String(seq),
  type: "test",
  timestampMs: seq,
  body: JSON.stringify({ id: String(seq), type: "test", timestamp: seq, data: { text } }),
  ...rest,
});

const produced = (seq: number, epoch = 1): Entry => entry(seq, { producer: { id: "p", epoch, seq } });

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setImmediate(resolve));
}

test("F1 I5 a killed gateway knows its producers and keys again, in the middle of an epoch and after one", async () => {
  const directory = newDirectory();
  const store = await open(directory);
  await store.append([produced(1), produced(2), entry(0, { idempotencyKey: "k" })]);
  const first = await open(killed(directory));
  expect(await first.append([produced(2), produced(3), entry(9, { idempotencyKey: "k" })])).toMatchObject([
    { offset: 2, duplicate: true },
    { offset: 4, duplicate: false },
    { offset: 3, duplicate: true },
  ]);
  await store.append([produced(1, 5), produced(2, 5)]);
  const second = await open(killed(directory));
  expect(await second.append([produced(3), produced(1, 5), produced(3, 5)])).toMatchObject([
    { ok: false, code: "fenced" },
    { offset: 4, duplicate: true },
    { offset: 6, duplicate: false },
  ]);
});

test("F1 a kill between any two steps of what is written behind: nothing is missing, nothing is twice", () => {
  const directory = newDirectory();
  const namespaces = cramped({ count: 600 });
  const nowMs = Date.UTC(2026, 0, 1);
  const storage = Storage.open({ directory, namespaces }, (message) => complaints.push(message));
  const channels = ["a:1", "a:2", "a:3"];
  const rowOf = (seq: number, channel: string): Row => ({
    ...entry(seq),
    channel,
    key: channel === "a:2" ? `k${seq}` : null,
    producer: channel === "a:3" ? { id: "p", epoch: 1, seq } : undefined,
  });
  storage.append(true, () => {
    for (let seq = 1; seq <= 700; seq++) for (const channel of channels) storage.log.append(rowOf(seq, channel), nowMs);
  });
  for (const name of channels) storage.trimmer.look(storage.channels.find(name));
  storage.log.startFold();
  const step = (): boolean => {
    if (storage.log.foldDue) storage.log.foldStep(500, nowMs);
    else if (storage.trimmer.due) storage.trimmer.step(nowMs);
    else return false;
    return true;
  };
  let steps = 0;
  const floors = new Set<number>();
  do {
    const again = Storage.open({ directory: killed(directory), namespaces }, (message) => complaints.push(message));
    for (const channel of channels) {
      const { floor, top, first, bodies } = again.reader.read({ channel, after: 0, limit: 1_000, maxBytes: 1e9 });
      floors.add(floor);
      expect([steps, channel, top, first, bodies.length]).toEqual([steps, channel, 700, floor, 701 - floor]);
      expect(bodies).toEqual(Array.from({ length: bodies.length }, (_, i) => entry(floor + i).body));
      const { counts } = again.reader.trimmed(channel, 1, floor - 1);
      expect(counts).toEqual(floor === 1 ? {} : { test: floor - 1 });
    }
    const outcomes = again.append(true, () => channels.map((channel) => again.log.append(rowOf(700, channel), nowMs)));
    expect(outcomes).toEqual([701, -700, -700]);
    again.close(nowMs);
    steps++;
  } while (step());
  storage.close(nowMs);
  // Otherwise nothing was between.
  expect(steps).toBeGreaterThan(4);
  expect([...floors].sort((a, b) => a - b)).toEqual([1, 101]);
  expect(complaints).toEqual([]);
});

test("I14 a number that only a duplicate key used up is used up after a kill too", async () => {
  const directory = newDirectory();
  const store = await open(directory);
  await store.append([entry(0, { idempotencyKey: "k" })]);
  await store.append([entry(1, { idempotencyKey: "k", producer: { id: "p", epoch: 1, seq: 1 } })]);
  const again = await open(killed(directory));
  expect(await again.append([produced(2)])).toMatchObject([{ offset: 2, duplicate: false }]);
});

test("F11 an event larger than its channel may hold goes at once; that is not taken for lost history", async () => {
  const directory = newDirectory();
  const namespaces = cramped({ bytes: 1_000 });
  const store = await open(directory, namespaces);
  await store.append([entry(1, {}, "x".repeat(5_000))]);
  await until(async () => (await store.info("a:1"))?.floor === 2);
  const again = await open(killed(directory), namespaces);
  expect([again.epoch, complaints]).toEqual([store.epoch, []]);
  expect(await again.info("a:1")).toMatchObject({ floor: 2, top: 1, bytes: 0 });
  expect(await again.append([entry(2)])).toMatchObject([{ offset: 2 }]);
  expect(await again.trimmed("a:1", 1, 1)).toEqual({ counts: { test: 1 }, countsFrom: 1 });
});

test("F11 limits that were lowered while the gateway was down hold for silent channels too", async () => {
  const directory = newDirectory();
  const first = await open(directory);
  for (let at = 0; at < 3_000; at += 500) await first.append(Array.from({ length: 500 }, (_, i) => entry(at + i)));
  const second = await reopen(first, directory, cramped({ count: 700 }));
  await until(async () => (await second.info("a:1"))?.floor === 2_301);
  expect(await second.trimmed("a:1", 1, 2_300)).toEqual({ counts: { test: 2_300 }, countsFrom: 1 });
  const { events } = await second.read("a:1", 0, 1_000, 10_000_000);
  expect(events.map(({ offset }) => offset)).toEqual(Array.from({ length: 700 }, (_, i) => 2_301 + i));
});

test("F11 much that became too old at once goes at once", async () => {
  const directory = newDirectory();
  let nowMs = Date.UTC(2026, 0, 1);
  const store = await openSqliteStore({ directory, namespaces: roomy, nowMs: () => nowMs });
  stores.add(store);
  for (let at = 0; at < 2_000; at += 500) await store.append(Array.from({ length: 500 }, (_, i) => entry(at + i)));
  nowMs += retention.ageMs + 1;
  await until(async () => (await store.info("a:1"))?.floor === 2_001);
  expect(await store.info("a:1")).toMatchObject({ top: 2_000, bytes: 0 });
});

test("a value the database cannot hold costs its own batch, and nothing else", async () => {
  const directory = newDirectory();
  const store = await open(directory);
  await store.append([produced(1)]);
  const refused = store.append([produced(2), entry(3, { timestampMs: 1.5 })]);
  await expect(refused).rejects.not.toBeInstanceOf(StoreFailed);
  await expect(refused).rejects.toThrow("REAL value in INTEGER column");
  expect(await store.append([produced(2)])).toMatchObject([{ offset: 2, duplicate: false }]);
  expect(await store.info("a:1")).toMatchObject({ top: 2 });
  expect((await store.read("a:1", 0, 10, 1_000)).events).toHaveLength(2);
  const again = await reopen(store, directory);
  expect(await again.append([produced(3)])).toMatchObject([{ offset: 3 }]);
  expect(complaints).toEqual([]);
});

test("what was accepted before closing is kept and acknowledged, however much it is", async () => {
  const directory = newDirectory();
  const store = await open(directory);
  const appends: Promise<unknown>[] = [];
  for (let batch = 0; batch < 5; batch++) {
    appends.push(store.append(Array.from({ length: 5_000 }, (_, i) => entry(i))));
    await new Promise((resolve) => setImmediate(resolve));
  }
  const again = await reopen(store, directory);
  await Promise.all(appends);
  expect(await again.info("a:1")).toMatchObject({ floor: 1, top: 25_000 });
});

test("D3 the search index forgets what retention removed, though trims were merged meanwhile", () => {
  const directory = newDirectory();
  const nowMs = Date.UTC(2026, 0, 1);
  const storage = Storage.open({ directory, namespaces: cramped({ count: 10 }) }, (message) =>
    complaints.push(message),
  );
  const keep = (seq: number, channel: string): void => {
    storage.append(true, () => {
      storage.log.append({ ...entry(seq, {}, "word"), channel, key: null, producer: undefined }, nowMs);
    });
    storage.trimmer.look(storage.channels.find(channel));
  };
  for (let seq = 1; seq <= 200; seq++) keep(seq, seq % 2 ? "a:1" : "a:2");
  const events = new DatabaseSync(join(directory, "signalbox.db"), { readOnly: true });
  const index = new SearchIndex(join(directory, "search.db"), storage.epoch, events);
  while (index.step(storage.log.lastN));
  expect(index.find("text : word", 1e9, 1_000)).toHaveLength(200);
  // One event at a time: more blocks than are remembered.
  const behind = (): boolean => {
    storage.trimmer.tick();
    return storage.writeBehind(nowMs);
  };
  for (let seq = 201; behind(); seq++) if (seq <= 500) keep(seq, "a:1");
  while (index.step(storage.log.lastN));
  const kept = events.prepare("SELECT n FROM events ORDER BY n DESC").all();
  expect(index.find("text : word", 1e9, 1_000)).toEqual(kept.map(({ n }) => n));
  expect(kept).toHaveLength(20);
  index.close();
  events.close();
  storage.close(nowMs);
});

test("§8 another program may read the database while the gateway runs", async () => {
  const directory = newDirectory();
  const store = await open(directory);
  await store.append([entry(1), entry(2)]);
  const reader = new DatabaseSync(join(directory, "signalbox.db"), { readOnly: true });
  expect(reader.prepare("SELECT count(*) AS count FROM events").get()).toMatchObject({ count: 2 });
  await store.append([entry(3)]);
  expect(reader.prepare("SELECT count(*) AS count FROM events").get()).toMatchObject({ count: 3 });
  reader.close();
  expect(await store.append([entry(4)])).toMatchObject([{ offset: 4 }]);
});

test("a database from before there were registers gets them, and keeps what it has", async () => {
  const directory = newDirectory();
  const store = await open(directory);
  await store.append([entry(1)]);
  stores.delete(store);
  await store.close();
  const db = new DatabaseSync(join(directory, "signalbox.db"));
  db.exec("DROP TABLE registers; DROP TABLE further_snapshots; UPDATE meta SET value = 1 WHERE key = 'schema'");
  db.close();
  const again = await open(directory);
  expect(again.epoch).toBe(store.epoch);
  const register = { key: "command/a", from: 0, value: "1", open: true };
  expect(await again.append([entry(2, { register })])).toMatchObject([{ ok: true, offset: 2 }]);
  expect(await again.register("command/a")).toMatchObject({ version: 1, offset: 2 });
  const folded = { channel: "a:1", epoch: again.epoch, offset: 2, reducer: "tdd", version: 1, state: "1" };
  await again.saveSnapshots([folded]);
  expect(await again.loadSnapshot("a:1", "tdd")).toEqual(folded);
  expect(complaints).toEqual([]);
});
