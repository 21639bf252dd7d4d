/** Commands to Redis over bad links, to servers that are full, away or alone. */
import type { Entry } from "@signalbox/core";
import { expect, test } from "vitest";
import { Bounded, type RedisCommands } from "../packages/gateway/src/brokers/redis/commands.ts";
import { startFaultyLink } from "./support/faulty-link.ts";
import { startRedis } from "./support/redis/index.ts";
import { openTestCommands, openTestStore } from "./support/redis-store.ts";
import { until } from "./support/until.ts";

const entry = (id: string, rest: Partial<Entry> = {}): Entry => ({
  ...{ channel: "roomy:a", id, type: "test_event", timestampMs: 1, body: JSON.stringify({ id, data: {} }) },
  ...rest,
});

test("A44 commands that are given up at any point: no answer reaches another command (CVE-2023-28858)", async () => {
  const wanted = process.env.CI ? 2_000 : 10_000;
  const server = await startRedis({ config: ["appendonly no"] });
  const link = await startFaultyLink(server, { latencyMs: 1, sliceBytes: 512 });
  const commands = await openTestCommands({ url: link.url.replace("http", "redis"), answerMs: 60 });
  const store = await openTestStore(server.url);
  try {
    const counts = { answered: 0, given: 0, crossed: 0 };
    const kept = new Map<number, string>();
    const echo = async (tag: string): Promise<void> => {
      const answer = await commands.send({ key: "any", words: ["ECHO", tag] });
      counts.answered++;
      if (answer !== tag) counts.crossed++;
    };
    const through = await openTestStore(server.url, { commands, prefix: "signalbox" });
    const publish = async (tag: string): Promise<void> => {
      const [result] = await through.append([entry(tag)]);
      counts.answered++;
      if (result?.ok && result.offset !== undefined) kept.set(result.offset, tag);
    };
    let round = 0;
    while (counts.answered + counts.given < wanted) {
      const asked = Array.from({ length: 50 }, (_, i) => {
        const tag = `${round}-${i}-${"x".repeat((i * 37) % 900)}`;
        return (i % 5 === 0 ? publish(tag) : echo(tag)).catch(() => void counts.given++);
      });
      // Cut, or silent until it is given up, with answers on their way.
      const afterMs = Math.random() * 12;
      if (round % 2 === 0) await new Promise((resolve) => setTimeout(resolve, afterMs));
      if (round % 4 === 0) link.cut();
      else if (round % 16 === 2) link.hang();
      link.mend();
      await Promise.all(asked);
      link.forget();
      if (round % 2 === 0) await until("it is connected again", () => answers(commands));
      round++;
    }
    expect(counts.crossed).toBe(0);
    expect(counts.given).toBeGreaterThan(wanted / 20);
    expect(counts.answered).toBeGreaterThan(wanted / 20);
    expect(kept.size).toBeGreaterThan(0);
    for (const [offset, tag] of kept) {
      const [event] = (await store.read("roomy:a", offset - 1, 1, 1e6)).events;
      expect([offset, JSON.parse(event?.body ?? "{}").id]).toEqual([offset, tag]);
    }
    expect(commands.waitingBytes).toBe(0);
  } finally {
    await commands.close();
    await store.close();
    await link.close();
    await server.stop();
  }
});

const answers = (commands: RedisCommands): Promise<boolean> =>
  commands.send({ key: "any", words: ["ECHO", "up"] }).then(
    (answer) => answer === "up",
    () => false,
  );

test("R1 with Redis away appends say so and may be sent again; what waits is bounded; it goes on by itself", async () => {
  const server = await startRedis();
  const store = await openTestStore(server.url, { answerMs: 500, mostWaitingBytes: 50_000 });
  try {
    const keyed = entry("1", { idempotencyKey: "k" });
    expect(await store.append([keyed])).toMatchObject([{ ok: true, offset: 1 }]);
    await server.pause();
    const stuck = store.append([
      entry("2", { idempotencyKey: "l", body: `{"id":"2","data":"${"x".repeat(60_000)}"}` }),
    ]);
    const refused = expect(stuck).rejects.toMatchObject({ name: "StoreAway" });
    await new Promise((resolve) => setImmediate(resolve));
    await until("it is on its way", async () => {
      const [result] = await store.append([entry("3")]).catch(() => []);
      return result?.ok === false && result.code === "overloaded";
    });
    await expect(store.info("roomy:a")).rejects.toMatchObject({ name: "StoreAway" });
    await refused;
    server.resume();
    await until("it goes on", () =>
      store.append([keyed]).then(
        ([one]) => one?.ok === true && one.duplicate,
        () => false,
      ),
    );
    // Nobody knows whether it was kept; now it is, once.
    const again = { ...entry("2"), idempotencyKey: "l" };
    const [second] = await store.append([again]);
    expect(await store.append([again])).toMatchObject([
      { ok: true, duplicate: true, offset: second?.ok && second.offset },
    ]);
    await server.kill();
    await expect(store.append([entry("4")])).rejects.toMatchObject({ name: "StoreAway" });
    await server.start();
    await until("it goes on", () =>
      store.append([keyed]).then(
        ([one]) => one?.ok === true && one.duplicate,
        () => false,
      ),
    );
  } finally {
    await store.close();
    await server.stop();
  }
});

test("R5 a server at its maxmemory takes nothing more, says so plainly, and nothing that it has is harmed", async () => {
  const server = await startRedis({ config: ["appendonly no", "maxmemory-policy noeviction"] });
  const store = await openTestStore(server.url);
  try {
    await store.append([entry("1")]);
    await server.command("config", "set", "maxmemory", "1");
    await expect(store.append([entry("2")])).rejects.toMatchObject({
      name: "StoreAway",
      message: expect.stringMatching(/^Redis is at its maxmemory/),
    });
    expect((await store.read("roomy:a", 0, 10, 1e6)).events).toHaveLength(1);
    await server.command("config", "set", "maxmemory", "0");
    expect(await store.append([entry("3")])).toMatchObject([{ ok: true, epoch: store.epoch, offset: 2 }]);
  } finally {
    await store.close();
    await server.stop();
  }
});

test("a server that forgot the scripts is told them again, in order", async () => {
  const server = await startRedis({ config: ["appendonly no"] });
  const store = await openTestStore(server.url);
  try {
    await server.command("script", "flush");
    const counted = (seq: number): Entry => entry(`${seq}`, { producer: { id: "p", epoch: 1, seq } });
    const results = await Promise.all([1, 2, 3].map((seq) => store.append([counted(seq)])));
    expect(results.flat()).toMatchObject([{ offset: 1 }, { offset: 2 }, { offset: 3 }]);
  } finally {
    await store.close();
    await server.stop();
  }
});

test("I10 an OK of `wait` is confirmed by replicas; without them the event may be kept, and is once", async () => {
  const primary = await startRedis({ config: ["appendonly no", "repl-diskless-sync-delay 0"] });
  const durability = { mode: "wait", replicas: 1, timeoutMs: 200 } as const;
  const store = await openTestStore(primary.url, { durability });
  try {
    const keyed = entry("1", { idempotencyKey: "k" });
    await expect(store.append([keyed])).rejects.toMatchObject({
      name: "StoreAway",
      message: expect.stringContaining("may be kept"),
    });
    const replica = await startRedis({ config: ["appendonly no", `replicaof 127.0.0.1 ${primary.port}`] });
    try {
      await until("the replica follows", async () =>
        (await primary.command("info", "replication")).includes("state=online"),
      );
      // The epoch is a new one: with its first replica a server's history has a new name.
      await until("it is confirmed", () =>
        store.append([keyed]).then(
          ([one]) => one?.ok === true,
          () => false,
        ),
      );
      const [next] = await store.append([entry("2")]);
      expect(next).toMatchObject({ ok: true, offset: 2, duplicate: false });
      const script = "return #redis.call('XRANGE', KEYS[1], '-', '+')";
      expect(
        await replica.command(
          "eval_ro",
          script,
          "1",
          store.keys.ofChannel({ tenant: "!", before: "", name: "roomy:a" })[1] ?? "",
        ),
      ).toBe("2");
    } finally {
      await replica.stop();
    }
  } finally {
    await store.close();
    await primary.stop();
  }
});

test("`waitaof` is refused at start where the server has no WAITAOF", async () => {
  const server = await startRedis({ config: ["appendonly no"] });
  try {
    const [known] = (await server.command("command", "info", "waitaof")).split("\n");
    const opened = openTestStore(server.url, { durability: { mode: "waitaof", replicas: 0, timeoutMs: 100 } });
    if (known === "") await expect(opened).rejects.toThrow("needs Redis 7.2 or Valkey");
    else await (await opened).close();
  } finally {
    await server.stop();
  }
});

test("commands beyond the bytes that may wait are rejected at once", async () => {
  const silent: RedisCommands = { waitingBytes: 100, send: () => new Promise(() => {}), close: async () => {} };
  await expect(new Bounded(silent, 100).send({ key: "a", words: ["GET", "a"] })).rejects.toMatchObject({
    name: "StoreAway",
  });
});
