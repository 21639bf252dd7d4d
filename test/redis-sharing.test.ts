/** What nodes tell each other through Redis with every write, and what they share beside events. */
import { createHash } from "node:crypto";
import type { Entry, RateTake } from "@signalbox/core";
import fc from "fast-check";
import { createClient } from "redis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Gcra } from "../packages/core/src/rates/gcra.ts";
import { ownedName } from "../packages/gateway/src/brokers/redis/keys.ts";
import {
  type KeptMessage,
  type Notice,
  unpackKept,
  unpackNotice,
} from "../packages/gateway/src/brokers/redis/messages.ts";
import { texts } from "../packages/gateway/src/brokers/redis/replies.ts";
import { type Script, scripts } from "../packages/gateway/src/brokers/redis/scripts.ts";
import type { RedisStore } from "../packages/gateway/src/brokers/redis/store.ts";
import { type RedisServer, startRedis } from "./support/redis/index.ts";
import { openTestCommands, openTestStore, ownPrefix } from "./support/redis-store.ts";
import { until } from "./support/until.ts";

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis({ config: ["appendonly no"] });
});
afterAll(() => server.stop());

const entry = (channel: string, id: string, rest: Partial<Entry> = {}): Entry => ({
  ...{ channel, id, type: "test_event", timestampMs: 5, body: JSON.stringify({ id, text: "ü:,\0" }) },
  ...rest,
});

/** What is heard on Pub/Sub channels. */
async function listen(channels: readonly string[]) {
  const heard: Buffer[] = [];
  const client = createClient({ url: server.url });
  client.on("error", () => {});
  await client.connect();
  await client.subscribe([...channels], (message) => void heard.push(message), true);
  return { heard, close: () => client.close() };
}

test("every event is told once, with all that a follower needs; births and registers are told to all nodes", async () => {
  const store = await openTestStore(server.url, { prefix: ownPrefix() });
  const acme = ownedName("!acme!roomy:a");
  const live = await listen([store.keys.live(acme)]);
  const notices = await listen([store.keys.notices(acme.tenant)]);
  try {
    const value = JSON.stringify("x".repeat(9_000));
    const register = { key: "!acme!command/a", from: 0, value: '"v"', open: true, counts: [1, 2] };
    const results = await store.append([
      entry("!acme!roomy:a", "1", { register }),
      entry("!acme!roomy:a", "2", { type: "a.b c" }),
      entry("!acme!roomy:a", "1", { register }),
      entry("!acme!roomy:a", "3", { register: { ...register, from: 1, value, open: false } }),
      entry("!acme!roomy:a", "4", { register: { ...register, from: 2, value: undefined } }),
      entry("roomy:a", "5"),
    ]);
    const [first] = results;
    const epoch = first?.ok ? first.epoch : "";
    await until("all is heard", () => live.heard.length === 1 && notices.heard.length === 4);
    const event = (offset: number, id: string, type = "test_event") => ({
      ...{ offset, type, timestampMs: 5 },
      body: entry("", id).body,
    });
    expect(unpackKept(live.heard[0] ?? Buffer.of())).toEqual({
      epoch,
      events: [event(1, "1"), event(2, "2", "a.b c"), event(3, "3"), event(4, "4")],
    } satisfies KeptMessage);
    const node = "node-1";
    const key = "command/a";
    expect(notices.heard.map(unpackNotice)).toEqual([
      { is: "born", node, channel: "roomy:a", epoch, offset: 1 },
      {
        ...{ is: "register", node },
        news: {
          key,
          version: 1,
          open: true,
          register: { key, version: 1, value: '"v"', offset: 1, epoch, counts: [1, 2] },
        },
      },
      { is: "register", node, news: { key, version: 2, open: false } },
      { is: "register", node, news: { key, version: 3, open: true, deleted: true } },
    ] satisfies Notice[]);
  } finally {
    await live.close();
    await notices.close();
    await store.close();
  }
});

test("I7 many nodes at once: offsets without holes, each event once, numbers and keys judged as one", async () => {
  const prefix = ownPrefix();
  const stores = await Promise.all([1, 2, 3].map(() => openTestStore(server.url, { prefix })));
  const [first] = stores as [RedisStore, ...RedisStore[]];
  try {
    const kept = new Map<string, string>();
    const work = async (store: RedisStore, node: number): Promise<void> => {
      for (let round = 0; round < 40; round++) {
        const channel = `roomy:${round % 3}`;
        const producer = { id: `p${node}`, epoch: 1, seq: Math.floor(round / 3) + 1 };
        const batch = [
          entry(channel, `${node}-${round}-a`),
          entry(channel, `${node}-${round}-b`, { producer }),
          entry(channel, `round-${round}`, { idempotencyKey: `key-${round}` }),
        ];
        // Now and then all of it again, over another node.
        const over = round % 5 === 0 ? stores.map((other) => other.append(batch.slice(1))) : [];
        const [results] = await Promise.all([store.append(batch), ...over]);
        for (const [i, result] of (results ?? []).entries()) {
          if (!result.ok || result.offset === undefined) throw new Error(JSON.stringify(result));
          kept.set(`${channel} ${result.offset}`, batch[i]?.id ?? "");
        }
      }
    };
    await Promise.all(stores.map(work));
    for (const channel of ["roomy:0", "roomy:1", "roomy:2"]) {
      const { events, top } = await first.read(channel, 0, 10_000, 1e9);
      expect(events.map(({ offset }) => offset)).toEqual(Array.from({ length: top }, (_, i) => i + 1));
      const ids = events.map(({ body }): string => JSON.parse(body).id);
      expect(new Set(ids).size).toBe(ids.length);
      for (const [place, id] of kept) {
        const [of, offset] = place.split(" ");
        if (of === channel) expect(ids[Number(offset) - 1]).toBe(id);
      }
    }
  } finally {
    for (const store of stores) await store.close();
  }
});

test("what a later version keeps beside what is known stays where it is", async () => {
  const prefix = ownPrefix();
  const store = await openTestStore(server.url, { prefix });
  try {
    const register = { key: "command/a", from: 0, value: "1", open: true, counts: [1] };
    await store.append([entry("roomy:a", "1", { register })]);
    const meta = store.keys.channel(ownedName("roomy:a"), "meta");
    await server.command("append", meta, " 7 later");
    const registers = store.keys.ofTenant(ownedName("").tenant)[1] ?? "";
    const kept = await server.command("hget", registers, "command/a");
    await server.command("hset", registers, "command/a", kept.replace("\n", " later\n"));
    expect(await store.register("command/a")).toMatchObject({ version: 1, value: "1", counts: [1] });
    await store.append([
      entry("roomy:a", "2", { register: { ...register, from: 1, value: "2" } }),
      entry("roomy:a", "3", { adds: [{ key: "command/a", amounts: [1] }] }),
    ]);
    expect(await store.register("command/a")).toMatchObject({ version: 2, value: "2", counts: [2] });
    expect(await server.command("hget", registers, "command/a")).toMatch(/ later\n2$/);
    expect(await server.command("get", meta)).toMatch(/ 7 later$/);
    expect(await store.info("roomy:a")).toMatchObject({ epoch: store.epoch, floor: 1, top: 3 });
  } finally {
    await store.close();
  }
});

test("A42 channels and registers of any name are each one of their own", async () => {
  const store = await openTestStore(server.url, { prefix: ownPrefix() });
  try {
    const odd = [
      "a",
      "a*",
      "a?",
      "[a]",
      "{a}",
      "a}b{c",
      "a:b",
      "a\r\nb",
      "a\0b",
      "%61",
      "a%2A",
      "\ud800",
      "\ud801",
      "ü",
      "!a",
      "a!",
    ];
    const names = odd.map((name) => `roomy:${name}`);
    const register = (key: string) => ({ key: `command/${key}`, from: 0, value: JSON.stringify(key), open: true });
    const kept = await store.append(names.map((name, i) => entry(name, `${i}`, { register: register(odd[i] ?? "") })));
    expect(kept).toEqual(names.map(() => ({ ok: true, epoch: store.epoch, offset: 1, duplicate: false })));
    for (const [i, name] of names.entries()) {
      expect((await store.read(name, 0, 10, 1e6)).events.map(({ body }) => JSON.parse(body).id)).toEqual([`${i}`]);
      expect(
        (await store.list(name.endsWith("*") ? `${name}*` : name, "", 10)).map(({ channel }) => channel),
      ).toContain(name);
      expect((await store.register(`command/${odd[i]}`))?.value).toBe(JSON.stringify(odd[i]));
    }
    expect((await store.list("roomy:*", "", 100)).map(({ channel }) => channel).sort()).toEqual([...names].sort());
    expect(
      (await store.registers({ prefix: "command/", after: "", limit: 100 })).map(({ key }) => key.slice(8)).sort(),
    ).toEqual([...odd].sort());
  } finally {
    await store.close();
  }
});

test("X6 of many who set a document at once one does; the others are told, and read what it is", async () => {
  const prefix = ownPrefix();
  const stores = await Promise.all([1, 2, 3].map(() => openTestStore(server.url, { prefix })));
  const [first] = stores as [RedisStore, ...RedisStore[]];
  const notices = await listen([first.keys.everywhere()]);
  try {
    expect(await first.document("revocations")).toBeUndefined();
    for (const version of [0, 1]) {
      const set = await Promise.all(
        stores.map((store, i) => store.setDocument("revocations", version, `v${version}\n${i}`)),
      );
      expect(set.filter(Boolean)).toHaveLength(1);
      const text = `v${version}\n${set.indexOf(true)}`;
      for (const store of stores) expect(await store.document("revocations")).toEqual({ version: version + 1, text });
    }
    await until("both are told", () => notices.heard.length === 2);
    expect(unpackNotice(notices.heard[0] ?? Buffer.of())).toEqual({
      is: "document",
      node: "node-1",
      name: "revocations",
    });
  } finally {
    await notices.close();
    for (const store of stores) await store.close();
  }
});

test("A2 a deposited secret is taken once, by whichever node asks first, and not after its time", async () => {
  const prefix = ownPrefix();
  const stores = await Promise.all([1, 2, 3].map(() => openTestStore(server.url, { prefix })));
  const [first] = stores as [RedisStore, ...RedisStore[]];
  try {
    await first.deposit("ticket", "who", 60_000);
    const taken = await Promise.all(stores.map((store) => store.take("ticket")));
    expect(taken.filter((one) => one !== undefined)).toEqual(["who"]);
    await first.deposit("short", "who", 1);
    await until("it is gone", async () => (await server.command("exists", first.keys.secret("short"))) === "0");
    expect(await first.take("short")).toBeUndefined();
  } finally {
    for (const store of stores) await store.close();
  }
});

test("A40 together the nodes get what one would: burst and rate, whatever they ask at once", async () => {
  const prefix = ownPrefix();
  const stores = await Promise.all([1, 2, 3].map(() => openTestStore(server.url, { prefix })));
  try {
    const take: RateTake = { key: "user:u1", perSecond: 200, burst: 20, count: 1 };
    const begun = performance.now();
    let taken = 0;
    const work = async (store: RedisStore): Promise<void> => {
      while (performance.now() - begun < 400) {
        for (const { waitMs } of await store.takeRates([take, take])) if (waitMs === 0) taken++;
      }
    };
    await Promise.all(stores.map(work));
    const seconds = (performance.now() - begun) / 1_000;
    expect(taken).toBeLessThanOrEqual(take.burst + take.perSecond * seconds);
    expect(taken).toBeGreaterThanOrEqual(take.burst);
    const [first] = stores as [RedisStore, ...RedisStore[]];
    const keys = ["a", "b", "c", "a"].map((key) => ({ key, perSecond: 1, burst: 1, count: 1 }));
    const waits = (await first.takeRates([...keys, { key: "d", perSecond: 1, burst: 1, count: 2 }])).map(
      ({ waitMs }) => waitMs,
    );
    expect(waits.slice(0, 3)).toEqual([0, 0, 0]);
    expect(waits[3]).toBeGreaterThan(0);
    expect(waits[3]).toBeLessThanOrEqual(1_000);
    expect(waits[4]).toBe(Number.POSITIVE_INFINITY);
  } finally {
    for (const store of stores) await store.close();
  }
});

/** By a clock of the test's: its last two arguments. */
const byGivenClock = (): Script => {
  const text = scripts.rates.text.replace("redis.call('TIME')", "{ ARGV[#ARGV - 1], ARGV[#ARGV] }");
  return { text, sha: createHash("sha1").update(text).digest("hex") };
};

test("A40 a rate in Redis answers as the one in memory does, and a clock set back locks nobody out", async () => {
  const commands = await openTestCommands({ url: server.url, answerMs: 20_000 });
  const script = byGivenClock();
  let made = 0;
  try {
    const ask = async (
      key: string,
      { perSecond, burst }: { perSecond: number; burst: number },
      count: number,
      micros: number,
    ) => {
      const time = [String(Math.floor(micros / 1e6)), String(micros % 1e6)];
      const args = [String(perSecond), String(burst), String(count), ...time];
      const [answer] = texts(await commands.send({ script, keys: [key], args }));
      return Number(answer) < 0 ? Number.POSITIVE_INFINITY : Number(answer) / 1_000;
    };
    const rate = fc.record({
      perSecond: fc.constantFrom(0.5, 1, 3, 7, 10, 1_000),
      burst: fc.constantFrom(1, 2, 10, 50),
    });
    const steps = fc.array(fc.tuple(fc.oneof(fc.nat(2_000_000), fc.nat(2_000)), fc.constantFrom(1, 1, 1, 2, 5, 60)), {
      minLength: 1,
      maxLength: 40,
    });
    await fc.assert(
      fc.asyncProperty(rate, steps, async (limits, all) => {
        const model = new Gcra(limits);
        const key = `rate-test-${++made}`;
        let micros = 1_800_000_000_000_000;
        for (const [later, count] of all) {
          micros += later;
          const expected = model.take((micros - 1_800_000_000_000_000) / 1_000, count);
          const waitMs = await ask(key, limits, count, micros);
          if (Number.isFinite(expected)) expect(waitMs).toBeCloseTo(expected, 2);
          else expect(waitMs).toBe(expected);
        }
      }),
      { numRuns: process.env.CI ? 60 : 400 },
    );
    const limits = { perSecond: 10, burst: 5 };
    const now = 1_800_000_000_000_000;
    for (let i = 0; i < 5; i++) expect(await ask("back", limits, 1, now)).toBe(0);
    const hour = 3_600_000_000;
    expect(await ask("back", limits, 1, now - hour)).toBe(100);
    expect(await ask("back", limits, 1, now - hour + 50_000)).toBe(50);
    expect(await ask("back", limits, 1, now - hour + 100_000)).toBe(0);
    expect(await ask("back", limits, 1, now - hour + 100_000)).toBe(100);
  } finally {
    await commands.close();
  }
});

test("a node that starts knows of which tenants something may be open", async () => {
  const prefix = ownPrefix();
  const store = await openTestStore(server.url, { prefix });
  const register = { key: "!acme!k/1", from: 0, value: "{}", open: true };
  await store.append([entry("!quiet!roomy:a", "1"), entry("roomy:a", "2"), entry("!acme!roomy:a", "3", { register })]);
  const other = await openTestStore(server.url, { prefix });
  expect(await other.tenants()).toEqual(["acme"]);
});
