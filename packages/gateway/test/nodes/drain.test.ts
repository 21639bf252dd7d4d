/** §3.6, of many nodes: who is connected to a node that stops goes on at another, and nothing that was asked goes unanswered. */
import { defaultNamespaces } from "@signalbox/core";
import { expect, test } from "vitest";
import { numbered, openGateway, type TestGateway, token } from "../support/gateway.ts";
import { memoryCluster } from "../support/memory-broker.ts";
import { openWire } from "../support/wire.ts";

async function twoNodes(drainMs: number) {
  const cluster = memoryCluster(defaultNamespaces);
  const stopping = await openGateway({ limits: { drainMs } }, { store: cluster.node() });
  const staying = await openGateway({}, { store: cluster.node() });
  return { stopping, staying };
}

const readiness = async (gateway: TestGateway): Promise<number> => (await gateway.request("/health/ready")).status;

test("until load balancers have noticed it says that it is not ready, and does everything as before", async () => {
  const { stopping } = await twoNodes(3_000);
  const before = await openWire(stopping);
  const closing = stopping.close();
  expect(await readiness(stopping)).toBe(503);
  const { inbox, send, closed } = await openWire(stopping);
  send({ id: "s", type: "subscribe", data: { channel: "agent:a" } });
  await inbox.type("subscription_update");
  await stopping.publish(numbered("agent:a", 1, 3));
  expect(await inbox.publications(3)).toHaveLength(3);
  for (const wire of [closed, before.closed]) expect(await wire).toEqual({ code: 3000, reason: "going_away" });
  await closing;
  await expect(readiness(stopping)).rejects.toThrow();
});

test("everybody is sent on at once, for there is somewhere to go", async () => {
  const { stopping, staying } = await twoNodes(1);
  const wires = await Promise.all(Array.from({ length: 20 }, () => openWire(stopping)));
  for (const wire of wires) wire.send({ id: "s", type: "subscribe", data: { channel: "agent:a", since: "earliest" } });
  for (const { inbox } of wires) await inbox.type("subscription_update");
  const [kept] = await staying.publish(numbered("agent:a", 1, 1));
  for (const { inbox } of wires) await inbox.publications(1);
  const data = { channel: "agent:a", since: { epoch: kept?.epoch, offset: kept?.offset } };
  const body = JSON.stringify({ messages: [{ type: "subscribe", data }], waitMs: 50_000 });
  const polling = stopping.request("/v1/poll", { method: "POST", body });
  const stream = await stopping.request("/v1/channels/agent:a/events", { headers: { accept: "text/event-stream" } });
  const closing = stopping.close();
  for (const { inbox, closed } of wires) {
    const { data } = await inbox.type("disconnect");
    expect(data).toEqual({ reason: "going_away", reconnectAfterMs: expect.toSatisfy((ms: number) => ms <= 250) });
    expect(await closed).toEqual({ code: 3000, reason: "going_away" });
  }
  expect(await stream.text()).toContain("going_away");
  expect((await polling).headers.get("connection")).toBe("close");
  await closing;
  const { inbox, send } = await openWire(staying);
  send({ id: "s", type: "subscribe", data: { channel: "agent:a", since: "earliest" } });
  await inbox.type("subscription_update");
});

test("who waits for a decision is answered", async () => {
  const { stopping } = await twoNodes(1);
  const asked = {
    checkpointId: "c1",
    checkpointData: {},
    channel: "execution:e/x",
    executionId: "e",
    deadline: Date.now() + 60_000,
  };
  const body = JSON.stringify({ ...asked, default: "deny" });
  expect((await stopping.request("/v1/checkpoints", { method: "POST", body })).status).toBe(201);
  const waiting = fetch(`${stopping.url}/v1/checkpoints/c1?wait=50`, { headers: { authorization: `Bearer ${token}` } });
  const first = await Promise.race([waiting, stopping.request("/v1/checkpoints/c1")]);
  expect(((await first.json()) as { state: string }).state).toBe("open");
  await stopping.close();
  expect(((await (await waiting).json()) as { state: string }).state).toBe("open");
});

test("a node whose store is away sends its clients on as well", async () => {
  const cluster = memoryCluster(defaultNamespaces);
  const stopping = await openGateway({}, { store: cluster.node() });
  const { inbox, send, closed } = await openWire(stopping);
  send({ id: "c", type: "connect" });
  const { node } = (await inbox.type("connect")).data as { node: string };
  cluster.cut(node);
  const closing = stopping.close();
  expect((await inbox.type("disconnect")).data).toMatchObject({ reason: "going_away" });
  expect(await closed).toEqual({ code: 3000, reason: "going_away" });
  await closing;
});
