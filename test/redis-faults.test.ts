/** What becomes of nodes over one Redis when links, the server and its data fail: nothing is lost without being told. */
import { defaultNamespaces, StoreAway } from "@signalbox/core";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { openRedisBroker } from "../packages/gateway/src/brokers/redis/index.ts";
import { Link } from "../packages/gateway/src/brokers/redis/link.ts";
import { openGate, type RedisServer, startRedis } from "./support/redis/index.ts";
import { nothingLostSilently, Publisher, Watcher } from "./support/redis-history.ts";
import { ownOptions } from "./support/redis-nodes.ts";
import { until } from "./support/until.ts";

let server: RedisServer;

beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

const channels = Array.from({ length: 20 }, (_, n) => `agent:a${n}`);

/** Two nodes: one publishes, both watch. */
async function twoNodes() {
  // Links that were down come back one after the other, within two seconds.
  const options = { ...ownOptions(server.url, defaultNamespaces), heartbeat: { everyMs: 100, overdueMs: 5_000 } };
  const one = await openRedisBroker(options);
  const other = await openRedisBroker(options);
  onTestFinished(async () => {
    await one.close();
    await other.close();
  });
  const watchers = [
    await new Watcher(one, channels).begin("one"),
    await new Watcher(other, channels).begin("other"),
  ] as const;
  return { one, other, watchers };
}

test("W7 R3 subscriber links that are killed again and again are told, and nothing is missed", async () => {
  const { one, other, watchers } = await twoNodes();
  const publishers = [new Publisher(one, "p").start(channels), new Publisher(other, "q").start(channels)];
  for (let round = 0; round < 8; round++) {
    await publishers[0]?.more(40);
    const kill = async (): Promise<boolean> => (await server.command("client", "kill", "type", "pubsub")) !== "0";
    await until("a link was there to be killed", kill);
  }
  await until("both were told", () => watchers.every(({ missed }) => missed >= 4));
  for (const publisher of publishers) await publisher.stop();
  for (const watcher of watchers) await watcher.agrees(one);
  await nothingLostSilently(one, publishers);
});

test("W7 a node has one subscription for a channel, and few commands make thousands of them", async () => {
  const options = ownOptions(server.url, defaultNamespaces);
  const broker = await openRedisBroker(options);
  onTestFinished(() => broker.close());
  await new Watcher(broker, []).begin("one");
  const many = Array.from({ length: 5_000 }, (_, n) => `!t!agent:m${n}`);
  await server.command("config", "resetstat");
  await Promise.all([...many, ...many].map((channel) => broker.follow(channel)));
  const calls = async (command: string): Promise<number> =>
    Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(await server.command("info", "commandstats"))?.[1] ?? 0);
  expect(await calls("subscribe")).toBeLessThan(20);
  const live = `${options.prefix}:{t}:live:agent:m4999`;
  const notices = `${options.prefix}:{t}:notices`;
  const subscribers = (): Promise<string> => server.command("pubsub", "numsub", live, notices);
  expect(await subscribers()).toBe(`${live}\n1\n${notices}\n1`);
  for (const channel of many) broker.unfollow(channel);
  broker.neglect("t");
  await until("nothing is followed", async () => (await subscribers()) === `${live}\n0\n${notices}\n0`);
  expect(await calls("unsubscribe")).toBeLessThan(20);
});

test("R7 a feed that Redis ends because too much waits for it begins anew", async () => {
  const { one, other, watchers } = await twoNodes();
  await server.command("config", "set", "client-output-buffer-limit", "pubsub 65536 65536 1");
  onTestFinished(async () => {
    await server.command("config", "set", "client-output-buffer-limit", "pubsub 33554432 8388608 60");
  });
  const big = "x".repeat(60_000);
  const entry = (n: number) => ({
    ...{ channel: "agent:a0", id: `big-${n}`, type: "test_event", timestampMs: 1_700_000_000_000 },
    body: JSON.stringify({ id: `big-${n}`, data: big }),
  });
  await other.append(Array.from({ length: 40 }, (_, n) => entry(n)));
  await until("both were told", () => watchers.every(({ missed }) => missed > 0));
  for (const watcher of watchers) await watcher.agrees(one);
});

test("R1 a server that is killed and comes back is told of, and has all that was acknowledged", async () => {
  const { one, other, watchers } = await twoNodes();
  const publishers = [new Publisher(one, "p").start(channels), new Publisher(other, "q").start(channels)];
  for (let round = 0; round < 2; round++) {
    await publishers[0]?.more(60);
    await server.kill();
    await until("both are told", () => watchers.every(({ reachable }) => reachable.at(-1) === false));
    await expect(one.read("agent:a0", 0, 1, 1_000)).rejects.toThrow(StoreAway);
    await server.start();
    await until("both are told", () => watchers.every(({ reachable }) => reachable.at(-1) === true));
  }
  await publishers[0]?.more(60);
  for (const publisher of publishers) await publisher.stop();
  for (const watcher of watchers) await watcher.agrees(other);
  await nothingLostSilently(one, publishers);
  expect(publishers[0]?.repeated).toBeGreaterThan(0);
  // Nobody could write a heartbeat, and so nobody is taken for dead.
  expect(watchers.map(({ left }) => left)).toEqual([[], []]);
});

test("R2 a server that stands still for a moment is waited for", async () => {
  const { one, watchers } = await twoNodes();
  const publisher = new Publisher(one, "p").start(channels);
  await publisher.more(40);
  await server.pause();
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  server.resume();
  await publisher.more(40);
  await publisher.stop();
  for (const watcher of watchers) await watcher.agrees(one);
  await nothingLostSilently(one, [publisher]);
  expect([publisher.repeated, watchers[0].missed]).toEqual([0, 0]);
});

test("R5 after FLUSHALL every channel begins anew, and every node is there again", async () => {
  const { one, watchers } = await twoNodes();
  const publisher = new Publisher(one, "p").start(channels);
  await publisher.more(100);
  await server.command("flushall");
  await publisher.more(100);
  await publisher.stop();
  await nothingLostSilently(one, [publisher]);
  const [before, after] = [publisher.acknowledged[0], publisher.acknowledged.at(-1)];
  expect(before?.epoch).not.toBe(after?.epoch);
  await until("both nodes are there", async () => (await one.nodes()).length === 2);
  // Each is told that the others may have let go what it had.
  await until("they know it", () => watchers.every(({ left }, i) => left.includes(i === 0 ? "one" : "other")));
});

test("a half-open link is noticed within 10 s, and both links are made anew", async () => {
  const gate = await openGate(server);
  onTestFinished(() => gate.close());
  const broker = await openRedisBroker({ ...ownOptions(server.url, defaultNamespaces), url: gate.url });
  onTestFinished(() => broker.close());
  const watcher = await new Watcher(broker, channels).begin("one");
  const publisher = new Publisher(broker, "p").start(channels);
  await publisher.more(20);
  gate.hold();
  const heldMs = performance.now();
  await until("it is told", () => watcher.reachable.at(-1) === false);
  // Time for a loaded machine besides.
  expect(performance.now() - heldMs).toBeLessThan(20_000);
  gate.shut();
  gate.open();
  await until("it is told", () => watcher.reachable.at(-1) === true);
  await publisher.more(20);
  await publisher.stop();
  await watcher.agrees(broker);
  await nothingLostSilently(broker, [publisher]);
});

test("A44 whatever is cut off when, a reply never reaches another command", async () => {
  const gate = await openGate(server);
  onTestFinished(() => gate.close());
  const { host, port } = new URL(gate.url.replace("redis:", "http:"));
  const address = { host: host.split(":")[0] ?? "", port: Number(port) };
  let answered = 0;
  let refused = 0;
  for (let round = 0; round < 100; round++) {
    const link = await Link.open(address, { secure: false });
    const asked = Array.from({ length: 100 }, async (_, n) => {
      // Some turns later, so that some are written, some are read and some are answered when the link ends.
      for (let turn = 0; turn < n % 10; turn++) await new Promise((resolve) => setImmediate(resolve));
      const tag = `${round}-${n}`;
      await link.send(["ECHO", tag]).then(
        (reply) => {
          expect(reply).toBe(tag);
          answered++;
        },
        (error: unknown) => {
          expect(error).toBeInstanceOf(StoreAway);
          refused++;
        },
      );
    });
    for (let turn = 0; turn < round % 12; turn++) await new Promise((resolve) => setImmediate(resolve));
    if (round % 2 === 0) gate.shut();
    else link.close();
    gate.open();
    await Promise.all(asked);
  }
  expect(answered + refused).toBe(10_000);
  expect(answered).toBeGreaterThan(500);
  expect(refused).toBeGreaterThan(500);
});
