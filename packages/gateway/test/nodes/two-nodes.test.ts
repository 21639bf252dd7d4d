/** Two gateways over one memory in this process: who is connected to one sees what comes in at the other. */
import { defaultNamespaces } from "@signalbox/core";
import type { Message } from "@signalbox/protocol";
import { expect, test } from "vitest";
import { numbered, openGateway, type TestGateway } from "../support/gateway.ts";
import { memoryCluster } from "../support/memory-broker.ts";
import { openWire } from "../support/wire.ts";

async function twoNodes() {
  const cluster = memoryCluster(defaultNamespaces);
  const one = await openGateway({}, { store: cluster.node() });
  const other = await openGateway({}, { store: cluster.node() });
  return { cluster, one, other, nameOf: async (gateway: TestGateway) => (await info(gateway)).node };
}

const info = async (gateway: TestGateway): Promise<{ node: string }> => {
  const wire = await openWire(gateway);
  wire.send({ id: "c", type: "connect", timestamp: 1, data: {} });
  return (await wire.inbox.type("connect")).data as { node: string };
};

async function viewer(gateway: TestGateway, channel: string, data: object = {}) {
  const wire = await openWire(gateway);
  wire.send({ id: "s", type: "subscribe", timestamp: 1, data: { channel, ...data } });
  await wire.inbox.type("subscription_update");
  return wire;
}

const numberOf = ({ data }: Message): number => (data as { n: number }).n;
const offsets = (messages: readonly Message[]): Array<number | undefined> => messages.map(({ offset }) => offset);
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

test("one order for everybody, whichever node took what", async () => {
  const { one, other } = await twoNodes();
  const viewers = await Promise.all([one, other, one, other].map((gateway) => viewer(gateway, "agent:a")));
  await Promise.all(upTo(50).map((n) => (n % 2 === 0 ? one : other).publish(numbered("agent:a", 2 * n - 1, 2 * n))));
  const seen = await Promise.all(viewers.map(({ inbox }) => inbox.publications(100)));
  expect(offsets(seen[0] ?? [])).toEqual(upTo(100));
  const numbers = seen.map((messages) => messages.map(numberOf));
  for (const each of numbers) expect(each).toEqual(numbers[0]);
  expect([...(numbers[0] ?? [])].sort((a, b) => a - b)).toEqual(upTo(100));
});

test("who comes back to another node goes on there", async () => {
  const { one, other } = await twoNodes();
  const before = await viewer(one, "agent:a");
  await one.publish(numbered("agent:a", 1, 10));
  const [last] = (await before.inbox.publications(10)).slice(-1);
  before.socket.terminate();
  await other.publish(numbered("agent:a", 11, 30));
  const since = { epoch: last?.epoch, offset: last?.offset };
  const { inbox } = await viewer(other, "agent:a", { since });
  await one.publish(numbered("agent:a", 31, 40));
  expect((await inbox.publications(30)).map(numberOf)).toEqual(upTo(40).slice(10));
});

test("who comes back is ahead of what this node has heard: the store is asked, and nothing begins anew", async () => {
  const cluster = memoryCluster(defaultNamespaces);
  const one = await openGateway({}, { store: cluster.node() });
  const broker = cluster.node();
  const deaf: typeof broker = {
    ...broker,
    begin: (about, events) => broker.begin(about, { ...events, kept: () => {} }),
  };
  const other = await openGateway({}, { store: deaf });
  const before = await viewer(other, "agent:a");
  const [, last] = await one.publish(numbered("agent:a", 1, 2));
  const since = { epoch: last?.epoch, offset: last?.offset };
  const wire = await openWire(other);
  wire.send({ id: "s", type: "subscribe", timestamp: 1, data: { channel: "agent:a", since } });
  expect((await wire.inbox.type("subscription_update")).data).toMatchObject({ recovered: true, ...since });
  // What it has learned by the way is for everybody.
  expect((await before.inbox.publications(2)).map(numberOf)).toEqual([1, 2]);
  await other.publish(numbered("agent:a", 3, 3));
  expect((await wire.inbox.publications(1)).map(numberOf)).toEqual([3]);
});

test("a pattern has the channels of all nodes, those too that begin later", async () => {
  const { one, other } = await twoNodes();
  await other.publish(numbered("agent:old", 1, 2));
  const { inbox } = await viewer(one, "agent:*", { since: "earliest" });
  await inbox.publications(2);
  await other.publish(numbered("agent:new", 1, 3));
  await other.publish(numbered("agent:old", 3, 3));
  const seen = await inbox.publications(4);
  expect(seen.filter(({ channel }) => channel === "agent:new").map(({ offset }) => offset)).toEqual([1, 2, 3]);
  expect(seen.filter(({ channel }) => channel === "agent:old").map(({ offset }) => offset)).toEqual([3]);
});

test("folded states are those of all nodes, for who asks and for who watches", async () => {
  const { one, other } = await twoNodes();
  const status = (gateway: TestGateway, value: string) =>
    gateway.publish({ type: "agent_status", channel: "agent:a", data: { agentId: "a", status: value } });
  const asked = async (gateway: TestGateway) =>
    ((await (await gateway.request("/v1/channels/agent:a")).json()) as { snapshot: { state: { status: string } } })
      .snapshot.state.status;
  await status(one, "running");
  expect([await asked(one), await asked(other)]).toEqual(["running", "running"]);
  await status(other, "waiting");
  expect([await asked(one), await asked(other)]).toEqual(["waiting", "waiting"]);

  const wire = await openWire(one);
  wire.send({ id: "s", type: "subscribe", timestamp: 1, data: { channel: "agent:*", states: true, maxHz: 20 } });
  const told = (state: string) =>
    wire.inbox.until(({ type, data }) => type === "channel_state" && JSON.stringify(data).includes(state));
  await told("waiting");
  await status(other, "paused");
  await told("paused");
  await other.publish({ type: "agent_status", channel: "agent:b", data: { agentId: "b", status: "idle" } });
  await told("agent:b");
  await other.publish({ type: "agent_status", channel: "agent:b", data: { agentId: "b", status: "failed" } });
  await told("failed");
});

test("a node that was cut off says so, refuses what cannot be kept, and misses nothing once it is back", async () => {
  const { cluster, one, other, nameOf } = await twoNodes();
  const name = await nameOf(one);
  const { inbox } = await viewer(one, "agent:a");
  await one.publish(numbered("agent:a", 1, 3));
  await inbox.publications(3);
  cluster.cut(name);
  const [refused] = await one.publish(numbered("agent:a", 99, 99));
  expect(refused).toMatchObject({ error: { name: "unavailable", temporary: true } });
  const health = await one.request("/health/ready");
  expect([health.status, await health.json()]).toMatchObject([200, { status: "degraded" }]);
  await other.publish(numbered("agent:a", 4, 20));
  cluster.heal(name);
  await other.publish(numbered("agent:a", 21, 25));
  expect((await inbox.publications(22)).map(numberOf)).toEqual(upTo(25).slice(3));
  expect(await (await one.request("/health/ready")).json()).toEqual({ status: "ready", reasons: [] });
});

test("a history that is lost is said, on every node", async () => {
  const { cluster, one, other, nameOf } = await twoNodes();
  const viewers = await Promise.all([one, other].map((gateway) => viewer(gateway, "agent:a")));
  await one.publish(numbered("agent:a", 1, 3));
  for (const { inbox } of viewers) await inbox.publications(3);
  cluster.flush();
  cluster.heal(await nameOf(one));
  await other.publish(numbered("agent:a", 4, 5));
  for (const { inbox } of viewers) {
    const { data } = await inbox.until(({ data: of }) => (of as { state?: string }).state === "gap");
    expect(data).toMatchObject({ gap: { reason: "epoch_changed" } });
    expect((await inbox.publications(2)).map(({ offset }) => offset)).toEqual([1, 2]);
  }
});

test("a command that is given at one node is carried out and ended at the other; who waits is told", async () => {
  const { one, other } = await twoNodes();
  await send(one, "/v1/commands", { target: "agent:a", name: "pause", commandId: "k1" });
  const waiting = one.request("/v1/commands/k1?wait=30");
  for (const type of ["command_delivered", "command_started", "command_done"]) {
    const [result] = await other.publish({ type, data: { commandId: "k1" } });
    expect(result).not.toHaveProperty("error");
  }
  expect(await (await waiting).json()).toMatchObject({ state: "done" });
});

test("of two decisions at two nodes one counts", async () => {
  const { one, other } = await twoNodes();
  await send(one, "/v1/checkpoints", { executionId: "e1", checkpointId: "c1", checkpointData: { command: "deploy" } });
  const statuses = await Promise.all([
    send(one, "/v1/checkpoints/c1/decision", { decision: "approve" }),
    send(other, "/v1/checkpoints/c1/decision", { decision: "deny" }),
  ]);
  expect(statuses.sort()).toEqual([200, 409]);
});

test("what is due is ended once, though every node minds it; also when the node that took it is gone", async () => {
  const { cluster, one, other, nameOf } = await twoNodes();
  const deadline = Date.now() + 200;
  const question = { executionId: "e1", checkpointId: "c1", checkpointData: {}, deadline };
  await send(one, "/v1/checkpoints", question);
  cluster.kill(await nameOf(one));
  cluster.cut(await nameOf(one));
  const ended = await other.request("/v1/checkpoints/c1?wait=30");
  expect(await ended.json()).toMatchObject({ state: "expired", decidedBy: expect.stringMatching(/^gateway:/) });
  const history = await (await other.request("/v1/channels/execution:e1/events")).json();
  expect((history as { events: Message[] }).events.map(({ type }) => type)).toEqual([
    "checkpoint_required",
    "checkpoint_expired",
  ]);
});

const send = async (gateway: TestGateway, path: string, body: unknown): Promise<number> =>
  (await gateway.request(path, { method: "POST", body: JSON.stringify(body) })).status;
