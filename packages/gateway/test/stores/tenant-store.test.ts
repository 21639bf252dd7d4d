import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { defaultNamespaces, type Entry, type Store } from "@signalbox/core";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { openMemoryStore } from "../../src/stores/memory/index.ts";
import { openSqliteStore } from "../../src/stores/sqlite/index.ts";
import { TenantStore } from "../../src/stores/tenant-store.ts";
import { scratch } from "./support/scratch.ts";

const root = scratch();
afterAll(() => rmSync(root, { recursive: true, force: true }));

const entry = (channel: string, text: string): Entry => ({
  channel,
  id: text,
  type: "note",
  timestampMs: 1,
  body: JSON.stringify({ id: text, type: "note", timestamp: 1, data: { text } }),
});

const names = async (store: Store, pattern: string, after = "", limit = 100): Promise<string[]> =>
  (await store.list(pattern, after, limit)).map(({ channel }) => channel);

/** Names that would be mixed up if prefixes were only joined on, and one of each kind of durability. */
const tenants = [undefined, "a", "a-b", "a_b", "a-", "agent", "0"] as const;
const channels = ["agent:x", "global", "browser:x", "process:a/b"];

const stores: ReadonlyArray<readonly [string, () => Promise<Store>]> = [
  ["memory", async () => openMemoryStore({ namespaces: defaultNamespaces, nowMs: Date.now })],
  [
    "sqlite",
    () =>
      openSqliteStore({
        directory: mkdtempSync(join(root, "tenants-")),
        namespaces: defaultNamespaces,
        nowMs: Date.now,
      }),
  ],
];

describe.each(stores)("A41 tenants of the %s store", (_name, open) => {
  test("each sees its own channels, by any name and pattern, and no other's", async () => {
    const store = await open();
    onTestFinished(() => store.close());
    const parts = tenants.map((tenant) => ({ tenant, part: new TenantStore(store, tenant) }));
    for (const { tenant, part } of parts) {
      const results = await part.append(channels.map((channel) => entry(channel, `of ${tenant}`)));
      expect(results).toMatchObject(channels.map(() => ({ ok: true, offset: 1 })));
    }
    const sorted = [...channels].sort();
    for (const { tenant, part } of parts) {
      expect(await names(part, "*")).toEqual(sorted);
      expect(await names(part, "agent:*")).toEqual(["agent:x"]);
      const paged: string[] = [];
      for (let page = await names(part, "*", "", 1); page.length > 0; page = await names(part, "*", paged.at(-1), 1)) {
        paged.push(...page);
      }
      expect(paged).toEqual(sorted);
      for (const channel of channels) {
        expect(await part.info(channel)).toMatchObject({ channel, top: 1 });
        const { events } = await part.read(channel, 0, 10, 10_000);
        expect(events.map(({ body }) => body)).toEqual([expect.stringContaining(`"of ${tenant}"`)]);
      }
      await part.saveSnapshots([
        { channel: "agent:x", epoch: store.epoch, offset: 1, state: `"${tenant}"`, version: 1 },
      ]);
    }
    for (const { tenant, part } of parts) {
      expect(await part.loadSnapshot("agent:x")).toMatchObject({ channel: "agent:x", state: `"${tenant}"` });
    }
    for (const { tenant, part } of parts) {
      const register = { key: "command/x", from: 0, value: `"${tenant}"`, open: true };
      expect(await part.append([{ ...entry("agent:x", "step"), register }])).toMatchObject([{ ok: true, offset: 2 }]);
    }
    for (const { tenant, part } of parts) {
      expect(await part.register("command/x")).toMatchObject({ key: "command/x", version: 1, value: `"${tenant}"` });
      for (const prefix of ["command/", ""]) {
        const all = await part.registers({ prefix, after: "", limit: 10 });
        expect(all).toMatchObject([{ key: "command/x", value: `"${tenant}"` }]);
        expect(await part.registers({ prefix, after: "command/x", limit: 10 })).toEqual([]);
      }
    }
    for (const { part } of parts) {
      const register = { key: "budget/x", from: 0, value: "{}", open: true, counts: [0] };
      await part.append([{ ...entry("agent:x", "counted"), register }]);
    }
    const [{ part: counting } = { part: store }] = parts;
    await counting.append([{ ...entry("agent:x", "used"), adds: [{ key: "budget/x", amounts: [1] }] }]);
    const counts = await Promise.all(parts.map(async ({ part }) => (await part.register("budget/x"))?.counts));
    expect(counts).toEqual(parts.map((_, index) => [index === 0 ? 1 : 0]));
    expect(await new TenantStore(store, "nobody").register("command/x")).toBeUndefined();
    expect(await new TenantStore(store, "nobody").list("*", "", 10)).toEqual([]);
    expect(await new TenantStore(store, "nobody").read("agent:x", 0, 10, 1_000)).toMatchObject({ top: 0, events: [] });
  });
});

test("A41 searching finds what is one's own: everywhere, in a pattern, in a channel, in several", async () => {
  const [, open] = stores[1] ?? [];
  const store = await open?.();
  if (store === undefined) throw new Error("there is no such store");
  onTestFinished(() => store.close());
  for (const tenant of tenants) {
    await new TenantStore(store, tenant).append(channels.map((channel) => entry(channel, `word ${channel}`)));
  }
  for (const tenant of tenants) {
    const part = new TenantStore(store, tenant);
    const found = async (given?: string[]): Promise<string[]> => {
      const query = { text: "word", limit: 100, ...(given === undefined ? {} : { channels: given }) };
      return (await part.search(query)).hits.map(({ channel }) => channel).sort();
    };
    const onDisk = channels.filter((channel) => channel !== "browser:x").sort();
    expect(await found()).toEqual(onDisk);
    expect(await found(["*"])).toEqual(onDisk);
    expect(await found(["agent:*"])).toEqual(["agent:x"]);
    expect(await found(["agent:x", "process:*", "global", "session:none"])).toEqual(onDisk);
    expect(await found(["session:*"])).toEqual([]);
  }
});
