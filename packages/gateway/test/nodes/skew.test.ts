/** A node of another minor version beside this one: what it says more, or in other words, is passed over; all else works. */
import { type Broker, defaultNamespaces, type NodeInfo } from "@signalbox/core";
import { expect, test } from "vitest";
import { packWord, unpackWord } from "../../src/brokers/redis/notices.ts";
import { numbered, openGateway } from "../support/gateway.ts";
import { memoryCluster } from "../support/memory-broker.ts";
import { openWire } from "../support/wire.ts";

/** As a later version's: its heartbeat and its registers have members that this one does not know. */
const ofVersion = (version: string, broker: Broker): Broker => ({
  ...broker,
  begin: (about, events) => broker.begin({ ...about, version, region: "north" } as typeof about, events),
  describe: (load) => broker.describe({ ...load, load: 0.5 } as typeof load),
});

test.each(["0.0.9", "0.2.0"])("a node of version %s works beside this one, both ways", async (version) => {
  const cluster = memoryCluster(defaultNamespaces);
  const ours = await openGateway({}, { store: cluster.node() });
  const theirs = await openGateway({}, { store: ofVersion(version, cluster.node()) });
  const { nodes } = (await (await ours.request("/v1/nodes")).json()) as { nodes: NodeInfo[] };
  expect(nodes.map((node) => [node.url, node.version === version])).toEqual([
    [ours.url, false],
    [theirs.url, true],
  ]);
  expect(nodes.every((node) => !("region" in node) && !("load" in node))).toBe(true);
  const wire = await openWire(ours);
  wire.send({ id: "s", type: "subscribe", data: { channel: "agent:a" } });
  await wire.inbox.type("subscription_update");
  await theirs.publish(numbered("agent:a", 1, 2));
  await ours.publish(numbered("agent:a", 3, 3));
  expect((await wire.inbox.publications(3)).map(({ offset }) => offset)).toEqual([1, 2, 3]);
});

test("what nodes of a later version tell each other is none of ours, and ends nothing", async () => {
  const cluster = memoryCluster(defaultNamespaces);
  const ours = await openGateway({}, { store: cluster.node() });
  const later = cluster.node();
  const nothing = (): void => {};
  const events = { kept: nothing, passed: nothing, told: nothing, born: nothing, registerChanged: nothing };
  const more = { documentChanged: nothing, left: nothing, missed: nothing, reachable: nothing };
  await later.begin({ name: "later", version: "0.2.0", startedMs: 1 }, { ...events, ...more });
  const wire = await openWire(ours);
  wire.send({ id: "s", type: "subscribe", data: { channel: "agent:a" } });
  await wire.inbox.type("subscription_update");
  later.tell("#of-a-later-version", "{}");
  later.tell("of-a-tenant-of-a-later-version", "no JSON");
  later.pass("agent:a", '{"id":"p","type":"later_type","timestamp":1,"channel":"agent:a","data":{},"later":true}');
  await ours.publish(numbered("agent:a", 1, 1));
  const [kept] = await wire.inbox.publications(1);
  expect(kept?.type === "later_type" || kept?.offset === 1).toBe(true);
  expect(ours.lines.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  await later.close();
});

test("words between nodes: further fields are passed over, and words that nobody knows yet", () => {
  const word = packWord({ is: "bye", node: "n" });
  expect(unpackWord(Buffer.from(`${word}5:later,`))).toEqual({ is: "bye", node: "n" });
  expect(unpackWord(Buffer.from("5:later,1:n,3:new,"))).toBeUndefined();
});
