/** Two gateways over one memory: who is connected to one sees who is at the other, and what is wanted there. */
import { defaultNamespaces } from "@signalbox/core";
import { expect, test } from "vitest";
import { openGateway, type TestGateway } from "../support/gateway.ts";
import { memoryCluster } from "../support/memory-broker.ts";
import { openWire, type Wire } from "../support/wire.ts";

const channel = "session:s1";

async function twoNodes() {
  const cluster = memoryCluster(defaultNamespaces);
  const limits = { presenceLingerMs: 300 };
  const one = await openGateway({ limits }, { store: cluster.node() });
  const other = await openGateway({ limits }, { store: cluster.node() });
  return { cluster, one, other };
}

async function connected(gateway: TestGateway): Promise<Wire & { node: string }> {
  const wire = await openWire(gateway);
  wire.send({ id: "c", type: "connect", timestamp: 1, data: {} });
  const { node } = (await wire.inbox.type("connect")).data as { node: string };
  return { ...wire, node };
}

const join = async (wire: Wire, memberId: string) => {
  wire.send({ id: memberId, type: "presence", timestamp: 1, data: { channel, memberId, state: { at: memberId } } });
  return (await wire.inbox.type("presence")).data as { members: Array<{ memberId: string }> };
};
const listed = async (gateway: TestGateway) =>
  (await (await gateway.request(`/v1/channels/${channel}/presence`)).json()) as {
    members: Array<{ memberId: string }>;
  };

test("members of both nodes are one list; those of a node that is killed leave, and are told to", async () => {
  const { cluster, one, other } = await twoNodes();
  const [first, second] = [await connected(one), await connected(other)];
  await join(first, "a");
  await expect.poll(async () => (await listed(other)).members.map(({ memberId }) => memberId)).toEqual(["a"]);
  expect((await join(second, "b")).members.map(({ memberId }) => memberId)).toEqual(["a", "b"]);
  await first.inbox.until(
    ({ type, data }) => type === "presence_joined" && (data as { memberId: string }).memberId === "b",
  );
  expect(await listed(one)).toEqual(await listed(other));
  cluster.cut(first.node);
  cluster.kill(first.node);
  const { data } = await second.inbox.type("presence_left");
  expect(data).toMatchObject({ memberId: "a", reason: "gone" });
});

test("a node that begins later lists who is there at once", async () => {
  const { cluster, one } = await twoNodes();
  await join(await connected(one), "a");
  const late = await openGateway({}, { store: cluster.node() });
  expect(await listed(late)).toEqual(await listed(one));
});

test("who speaks for a lease is told of viewers at the other node", async () => {
  const { cluster, one, other } = await twoNodes();
  const [producer, viewer] = [await connected(one), await connected(other)];
  producer.send({ id: "l", type: "lease", timestamp: 1, data: { channel: "browser:b1", producer: "p" } });
  expect((await producer.inbox.type("demand")).data).toMatchObject({ viewers: 0 });
  viewer.send({ id: "s", type: "subscribe", timestamp: 1, data: { channel: "browser:b1", maxWidth: 640 } });
  expect((await producer.inbox.type("demand")).data).toMatchObject({ viewers: 1, maxWidth: 640 });
  cluster.kill(viewer.node);
  expect((await producer.inbox.type("demand")).data).toMatchObject({ viewers: 0 });
});
