/** What the Redis tests stand on: the servers they start are what they say, and come back as they say. */
import { expect, test } from "vitest";
import { startCluster, startRedis, startSentinel } from "./support/redis/index.ts";

test("a server keeps what it had when it was killed", async () => {
  const server = await startRedis({ password: "s3cret" });
  try {
    await server.command("set", "a", "1");
    await server.kill();
    await server.start();
    expect(await server.command("get", "a")).toBe("1");
    await expect(server.command("nonsense")).rejects.toThrow();
  } finally {
    await server.stop();
  }
});

test("a server speaks TLS", async () => {
  const server = await startRedis({ tls: true });
  try {
    expect(server.url).toMatch(/^rediss:/);
    expect(await server.command("ping")).toBe("PONG");
  } finally {
    await server.stop();
  }
});

test("sentinels hand over to the replica", async () => {
  const setup = await startSentinel();
  try {
    const first = await setup.primary();
    await first.command("set", "a", "1");
    await setup.failover();
    const second = await setup.primary();
    expect(second).not.toBe(first);
    expect(await second.command("get", "a")).toBe("1");
  } finally {
    await setup.stop();
  }
});

test("a cluster hands a shard over, and moves a slot with its keys", async () => {
  const cluster = await startCluster();
  try {
    const slot = await cluster.slotOf("{t}a");
    const first = await cluster.primaryOf(slot);
    await first.command("set", "{t}a", "1");
    await cluster.failover(slot);
    const second = await cluster.primaryOf(slot);
    expect(second).not.toBe(first);
    const third = await cluster.primaryOf((slot + 8_192) % 16_384);
    await cluster.moveSlot(slot, third);
    expect(await third.command("get", "{t}a")).toBe("1");
  } finally {
    await cluster.stop();
  }
});
