/** The broker on Valkey 9, a newer server than Debian's Redis: the suites, and `waitaof`, which only such servers have. */
import { defaultNamespaces } from "@signalbox/core";
import { brokerSuite, storeSuite } from "@signalbox/testkit";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { checkRedis, openRedisBroker } from "../packages/gateway/src/brokers/redis/index.ts";
import { type RedisServer, startRedis } from "./support/redis/index.ts";
import { valkeyServer } from "./support/redis/valkey.ts";
import { asUser, gatedNodesAt, ownOptions, storesAt, user } from "./support/redis-nodes.ts";
import { until } from "./support/until.ts";

const program = valkeyServer();

// The package has no server for other machines than x86-64 with Linux.
describe.skipIf(program === undefined)("Valkey", () => {
  const launch = (config: readonly string[]): Promise<RedisServer> =>
    startRedis({ config, ...(program === undefined ? {} : { program }) });
  let server: RedisServer;
  const ends: Array<() => Promise<void>> = [];

  beforeAll(async () => {
    server = await launch([user()]);
  });
  afterAll(async () => {
    for (const end of ends) await end();
    await server?.stop();
  });

  storeSuite("valkey", { canSearch: false, modelRuns: 20, ...storesAt(() => asUser(server.url)) });

  brokerSuite("valkey", {
    cluster: async (namespaces) => {
      const nodes = gatedNodesAt(server, asUser, namespaces);
      ends.push(nodes.close);
      return nodes;
    },
  });

  test("A43 nothing is said against it", async () => {
    const found = await checkRedis({ url: server.url, prefix: "signalbox" });
    expect(found.filter(({ level }) => level === "refuse")).toEqual([]);
    expect(found.map(({ message }) => message).join()).not.toContain("CVE");
  });

  test("I1 R4 with `waitaof` and a replica nothing that was acknowledged is lost with the primary and its disk", async () => {
    const aof = ["appendonly yes", "appendfsync everysec"];
    const primary = await launch(aof);
    onTestFinished(() => primary.stop());
    const replica = await launch([...aof, `replicaof 127.0.0.1 ${primary.port}`, "repl-diskless-sync-delay 0"]);
    onTestFinished(() => replica.stop());
    await until("the replica follows", async () =>
      (await replica.command("info", "replication")).includes("master_link_status:up"),
    );
    const options = ownOptions(primary.url, defaultNamespaces);
    const durability = { mode: "waitaof", replicas: 1, timeoutMs: 2_000 } as const;
    const broker = await openRedisBroker({ ...options, durability });
    onTestFinished(() => broker.close());
    const acknowledged: Array<{ channel: string; id: string; offset: number | undefined }> = [];
    let ids = 0;
    /** Many at once: with `everysec` the disk answers once a second. */
    const wave = (): Promise<unknown> =>
      Promise.allSettled(
        Array.from({ length: 40 }, async () => {
          const id = `e${++ids}`;
          const channel = `agent:${ids % 2}`;
          const [kept] = await broker.append([
            { channel, id, type: "note", timestampMs: 1, body: JSON.stringify({ id }) },
          ]);
          if (kept?.ok) acknowledged.push({ channel, id, offset: kept.offset });
        }),
      );
    await wave();
    const whole = acknowledged.length;
    // What is kept while the replica stands still is not acknowledged, and may be lost.
    await replica.pause();
    await wave();
    replica.resume();
    await wave();
    const last = wave();
    await primary.kill();
    await last;
    await replica.command("replicaof", "no", "one");
    const after = await openRedisBroker({ ...options, url: replica.url });
    onTestFinished(() => after.close());
    const kept = new Map<string, number>();
    for (const channel of ["agent:0", "agent:1"]) {
      const { events } = await after.read(channel, 0, 10_000, 1e9);
      for (const { body, offset } of events) kept.set(`${channel} ${(JSON.parse(body) as { id: string }).id}`, offset);
    }
    const lost = acknowledged.filter(({ channel, id, offset }) => kept.get(`${channel} ${id}`) !== offset);
    expect({ whole, lost }).toEqual({ whole: 40, lost: [] });
    expect(acknowledged.length).toBeLessThan(ids);
  });

  test("without a replica that confirms it, `waitaof` acknowledges nothing, and says that the event may be kept", async () => {
    const alone = await launch(["appendonly yes"]);
    onTestFinished(() => alone.stop());
    const durability = { mode: "waitaof", replicas: 1, timeoutMs: 50 } as const;
    const broker = await openRedisBroker({ ...ownOptions(alone.url, defaultNamespaces), durability });
    onTestFinished(() => broker.close());
    const entry = {
      channel: "agent:a",
      id: "1",
      type: "note",
      timestampMs: 1,
      body: '{"id":"1"}',
      idempotencyKey: "k",
    };
    await expect(broker.append([entry])).rejects.toThrow(/may be kept, but only 0/);
  });
});
