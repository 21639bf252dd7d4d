/** W7 S§5.6: three nodes that share a store listen to one real Redis, and each message is kept once, whoever of them dies. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { defaultNamespaces } from "@signalbox/core";
import type { Publication } from "@signalbox/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openGateway, type TestGateway } from "../packages/gateway/test/support/gateway.ts";
import { memoryCluster } from "../packages/gateway/test/support/memory-broker.ts";
import { root } from "../scripts/repository.ts";
import { type RedisServer, startRedis } from "./support/redis/index.ts";
import { until } from "./support/until.ts";

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

test("readers that are stopped, cut off or paused: nothing is lost, nothing is doubled, in order; what is kept is written once", async () => {
  const cluster = memoryCluster(defaultNamespaces);
  const flags = { webgui: { redis: redis.url } };
  const nodes = await Promise.all([1, 2, 3].map(() => openGateway(flags, { store: cluster.node() })));
  let open = [...nodes];
  const readers = async (): Promise<TestGateway[]> => {
    const reading = await Promise.all(open.map((node) => figure(node, "signalbox_webgui_reading")));
    return open.filter((_node, index) => reading[index] === 1);
  };
  await until("one node reads", async () => (await readers()).length === 1);
  await until("all listen", async () => (await redis.command("pubsub", "numpat")) === "1");

  const env = { ...process.env, REDIS_URL: redis.url };
  const child = spawn(join(root, ".venv/bin/python"), ["-c", publisher], { env, stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(child, "exit");
  const heardBy: number[] = [];
  createInterface(child.stdout).on("line", (line) => heardBy.push(Number(line)));
  try {
    const more = async (count: number): Promise<void> => {
      const from = heardBy.length;
      await until("more is published", () => heardBy.length >= from + count);
    };
    await more(200);
    // The links on which nodes listen are cut one after the other.
    const ears = async (): Promise<string[]> =>
      (await redis.command("client", "list", "type", "pubsub"))
        .split("\n")
        .flatMap((line) => (line.includes("name=signalbox-webgui-ears") ? (/^id=(\d+)/.exec(line)?.[1] ?? []) : []));
    for (const id of await ears()) {
      await redis.command("client", "kill", "id", id);
      await until("all listen again", async () => (await ears()).length === 3);
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
    child.stdin.end("\n");
  }
  expect(await ended).toEqual([0, null]);
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
