/** W7 S§5.6: three nodes that share a store listen to one real Redis, and each message is kept once, whoever of them dies. */
import { defaultNamespaces } from "@signalbox/core";
import type { Publication } from "@signalbox/protocol";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { openGateway, type TestGateway } from "../packages/gateway/test/support/gateway.ts";
import { memoryCluster } from "../packages/gateway/test/support/memory-broker.ts";
import { type RedisServer, startCluster, startRedis, startSentinel } from "./support/redis/index.ts";
import { until } from "./support/until.ts";
import { consumer, ears, program } from "./support/webgui.ts";

let redis: RedisServer;

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis?.stop());

/** Publishes a number every 2 ms, until told to end; prints each with the nodes that heard it. */
const publisher = `import json, os, redis, select, sys
r = redis.Redis.from_url(os.environ["REDIS_URL"])
n = 0
while not select.select([sys.stdin], [], [], 0.002)[0]:
    text = {"type": "step", "data": {"n": n // 2}}
    print(r.publish(f"webgui:session:s{n // 2 % 2}", json.dumps(text)), flush=True)
    n += 1`;

async function figure(gateway: TestGateway, name: string): Promise<number> {
  const text = await (await gateway.request("/metrics")).text();
  return Number(new RegExp(`^${name} (.+)$`, "m").exec(text)?.[1]);
}

async function numbers(gateway: TestGateway, channel: string): Promise<number[]> {
  const all: number[] = [];
  for (let since = "earliest"; ; ) {
    const answer = await gateway.request(`/v1/channels/${channel}/events?limit=1000&since=${since}`);
    const { events, next } = (await answer.json()) as {
      events: Array<Publication<string, { n: number }>>;
      next: { epoch: string; offset: number };
    };
    if (events.length === 0) return all;
    all.push(...events.map(({ data }) => data.n));
    since = `${next.epoch}:${next.offset}`;
  }
}

test("readers that are cut off or stopped: nothing is lost, nothing is doubled, in order", async () => {
  const cluster = memoryCluster(defaultNamespaces);
  const flags = { webgui: { redis: redis.url } };
  const nodes = await Promise.all([1, 2, 3].map(() => openGateway(flags, { store: cluster.node() })));
  let open = [...nodes];
  const readers = async (): Promise<TestGateway[]> => {
    const reading = await Promise.all(open.map((node) => figure(node, "signalbox_webgui_reading")));
    return open.filter((_node, index) => reading[index] === 1);
  };
  await until("one node reads", async () => (await readers()).length === 1);
  await until("all listen", async () => (await ears(redis)).length === 3);

  const { lines, stdin, ended, kill } = program(redis, "-c", publisher);
  onTestFinished(kill);
  try {
    const more = async (count: number): Promise<void> => {
      const from = lines.length;
      await until("more is published", () => lines.length >= from + count);
    };
    await more(200);
    // The links on which nodes listen are cut one after the other.
    for (const link of await ears(redis)) {
      await redis.command("client", "kill", "id", /^id=(\d+)/.exec(link)?.[1] ?? "");
      await until("all listen again", async () => (await ears(redis)).length === 3);
      await until("one node reads", async () => (await readers()).length === 1);
      await more(200);
    }
    // The reader is stopped, twice.
    for (let times = 0; times < 2; times++) {
      const [reader] = await readers();
      if (reader === undefined) throw new Error("nobody reads");
      await reader.close();
      open = open.filter((one) => one !== reader);
      await until("another node reads", async () => (await readers()).length === 1);
      await more(200);
    }
  } finally {
    stdin.end("\n");
  }
  await ended;
  const heardBy = lines.map(Number);
  const [last] = open;
  if (last === undefined) throw new Error("no node is left");

  const sent = heardBy.map((_count, index) => Math.floor(index / 2));
  for (const parity of [0, 1]) {
    const expected = sent.filter((n) => n % 2 === parity);
    await until("all is kept", async () => (await numbers(last, `session:s${parity}`)).length >= expected.length);
    expect(await numbers(last, `session:s${parity}`)).toEqual(expected);
  }
  // Somebody always listened, and that is known.
  expect(Math.min(...heardBy)).toBeGreaterThan(0);
  expect(await Promise.all(open.map((node) => figure(node, "signalbox_webgui_unheard_seconds_total")))).toEqual([0]);
});

test("S§5.4 what is kept is written by the node that kept it, and no other", async () => {
  const cluster = memoryCluster(defaultNamespaces);
  const flags = { webgui: { redis: redis.url, prefix: "gui" } };
  const nodes = await Promise.all([1, 2].map(() => openGateway(flags, { store: cluster.node() })));
  // What it writes is told from what the others write by its prefix.
  const others = await openGateway({ webgui: { redis: redis.url, read: false } }, { store: cluster.node() });
  const { heard, kill } = await consumer(redis);
  onTestFinished(kill);
  for (let n = 0; n < 20; n++) await others.publish({ type: "step", channel: "agent:once", data: { n } });
  for (const node of nodes) await node.publish({ type: "step", channel: "agent:once", data: { n: -1 } });
  await others.publish({ type: "last", channel: "agent:once", data: {} });
  await until("the last is heard", () => heard().some(({ type }) => type === "last"));
  const written = heard().filter(({ type }) => type === "step");
  expect(written.map(({ data }) => (data as { n: number }).n)).toEqual(Array.from({ length: 20 }, (_, n) => n));
});

describe("S§5.1 S§5.7 wherever Redis is", () => {
  const stream = "webgui-stream";

  /** By Pub/Sub and by the stream, until both are kept. */
  async function takesIn(gateway: TestGateway, from: RedisServer, owner: RedisServer, n: number): Promise<void> {
    const message = JSON.stringify({ type: "step", data: { n } });
    await until("the stream takes it", () =>
      owner.command("xadd", stream, "*", "channel", "webgui:session:stream", "message", message).then(
        () => true,
        () => false,
      ),
    );
    await until("it is kept", async () => {
      await from.command("publish", "webgui:session:plain", message).catch(() => {});
      const kept = await Promise.all(["session:plain", "session:stream"].map((one) => numbers(gateway, one)));
      return kept.every((all) => all.includes(n));
    });
    expect((await numbers(gateway, "session:stream")).filter((one) => one === n)).toEqual([n]);
  }

  test("a cluster: agents publish to any server; the servers with lease and stream hand over", async () => {
    const cluster = await startCluster();
    onTestFinished(() => cluster.stop());
    const gateway = await openGateway({ webgui: { redis: cluster.url, stream } });
    const slots = await Promise.all(["{webgui-reader:signalbox}:lease", stream].map((key) => cluster.slotOf(key)));
    const owner = () => cluster.primaryOf(slots[1] ?? 0);
    for (const [index, server] of cluster.servers.slice(0, 3).entries()) {
      await takesIn(gateway, server, await owner(), index);
    }
    for (const slot of slots) await cluster.failover(slot);
    await takesIn(gateway, await owner(), await owner(), 3);
  });

  test("behind sentinels: another server becomes the primary", async () => {
    const sentinel = await startSentinel();
    onTestFinished(() => sentinel.stop());
    const gateway = await openGateway({ webgui: { redis: sentinel.url, stream } });
    const first = await sentinel.primary();
    await takesIn(gateway, first, first, 0);
    await sentinel.failover();
    const second = await sentinel.primary();
    expect(second.port).not.toBe(first.port);
    await takesIn(gateway, second, second, 1);
    expect(await numbers(gateway, "session:stream")).toEqual([0, 1]);
  });
});
