import type { Capability } from "@signalbox/core";
import { expect, test } from "vitest";
import { bearer, jwt, may, withIssuer } from "../identity/issuer.ts";
import { numbered, openGateway, type TestGateway } from "../support/gateway.ts";
import { openWire } from "../support/wire.ts";

interface Listed {
  connections: Array<Record<string, unknown> & { id: string; queuedBytes: number; behind: number }>;
  next?: string;
}

async function list(gateway: TestGateway, query = ""): Promise<Listed> {
  const answer = await gateway.request(`/v1/connections${query}`);
  expect(answer.status).toBe(200);
  return (await answer.json()) as Listed;
}

test("GET /v1/connections says who is connected and how each fares", async () => {
  const gateway = await openGateway();
  const wire = await openWire(gateway);
  wire.send({ id: "s", type: "subscribe", data: { channel: "agent:a" } });
  wire.send({ id: "t", type: "subscribe", data: { channel: "process:*" } });
  await wire.inbox.until(({ metadata }) => metadata?.correlationId === "t");
  const { connections, next } = await list(gateway);
  expect(connections).toEqual([
    {
      id: expect.any(String),
      transport: "websocket",
      node: expect.stringMatching(/-[0-9a-f]{6}$/),
      principal: { kind: "user", id: "admin" },
      address: "127.0.0.1",
      openedMs: expect.any(Number),
      subscriptions: 2,
      given: 0,
      queuedBytes: expect.any(Number),
      windowBytes: 65_536,
      behind: 0,
      dropped: { coalesce: 0, latest: 0 },
    },
  ]);
  expect(next).toBeUndefined();
});

test("GET /v1/connections comes in pages, the oldest first, each connection once", async () => {
  const gateway = await openGateway();
  const wires = [];
  for (let n = 0; n < 5; n++) wires.push(await openWire(gateway));
  const ids: string[] = [];
  for (let next: string | undefined = "0"; next !== undefined; ) {
    const page: Listed = await list(gateway, `?limit=2&after=${next}`);
    expect(page.connections.length).toBeLessThanOrEqual(2);
    ids.push(...page.connections.map(({ id }) => id));
    ({ next } = page);
  }
  expect(new Set(ids).size).toBe(5);
  expect((await list(gateway)).connections.map(({ id }) => id)).toEqual(ids);
  const wrong = await gateway.request("/v1/connections?after=nobody");
  expect([wrong.status, ((await wrong.json()) as { error: { name: string } }).error.name]).toEqual([
    400,
    "invalid_message",
  ]);
});

test("GET /v1/connections shows who does not read, and /metrics how many they are", async () => {
  const gateway = await openGateway({ limits: { outboxBytes: 131_072 } });
  const wire = await openWire(gateway);
  wire.send({ id: "s", type: "subscribe", data: { channel: "global" } });
  await wire.inbox.type("subscription_update");
  wire.socket.pause();
  const text = "x".repeat(20_000);
  for (let n = 1; n <= 20; n++) await gateway.publish(numbered("global", n, n, text));
  let seen: Listed["connections"][number] | undefined;
  do [seen] = (await list(gateway)).connections;
  while (seen?.behind !== 1);
  expect(seen.queuedBytes).toBeGreaterThanOrEqual(65_536);
  // One message beyond the window at most.
  expect(seen.queuedBytes).toBeLessThan(65_536 + 21_000);
  const metrics = await (await gateway.request("/metrics")).text();
  expect(metrics).toContain("\nsignalbox_slow_connections 1\n");
  expect(metrics).toContain(`\nsignalbox_queued_bytes ${seen.queuedBytes}\n`);
});

test("A48 GET /v1/connections takes the right admin on all channels", async () => {
  const gateway = await openGateway(withIssuer);
  const statusOf = async (...can: Capability[]): Promise<number> =>
    (await gateway.request("/v1/connections", { headers: bearer(jwt({ can })) })).status;
  expect(await statusOf(may("*", "subscribe", "history", "publish"))).toBe(403);
  expect(await statusOf(may("agent:*", "admin"))).toBe(403);
  expect(await statusOf(may("*", "admin"))).toBe(200);
});

test("A41 GET /v1/connections shows those of one's own tenant only", async () => {
  const gateway = await openGateway(withIssuer);
  await openWire(gateway);
  const headers = bearer(jwt({ tenant: "acme", can: [may("*", "admin")] }));
  const none = (await (await gateway.request("/v1/connections", { headers })).json()) as Listed;
  expect(none.connections).toEqual([]);
  await openWire(gateway, { headers });
  const one = (await (await gateway.request("/v1/connections", { headers })).json()) as Listed;
  expect(one.connections).toMatchObject([{ principal: { id: "ada" } }]);
});
