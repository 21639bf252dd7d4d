import { defaultNamespaces } from "@signalbox/core";
import { expect, test } from "vitest";
import { bearer, jwt, may, withIssuer } from "../identity/issuer.ts";
import { openGateway, type TestGateway } from "../support/gateway.ts";
import { memoryCluster } from "../support/memory-broker.ts";
import { openWire } from "../support/wire.ts";

interface Listed {
  node: string;
  shared: boolean;
  nodes: Array<Record<string, unknown>>;
}

const listed = async (gateway: TestGateway): Promise<Listed> =>
  (await (await gateway.request("/v1/nodes")).json()) as Listed;

test("GET /v1/nodes of a gateway with a store of its own has itself", async () => {
  const gateway = await openGateway();
  const wire = await openWire(gateway);
  wire.send({ id: "s", type: "subscribe", data: { channel: "global" } });
  await wire.inbox.type("subscription_update");
  const { node, shared, nodes } = await listed(gateway);
  expect(shared).toBe(false);
  const of = { name: node, state: "ready", url: gateway.url, sessions: 1, subscriptions: 1, silentMs: 0 };
  expect(nodes).toEqual([expect.objectContaining(of)]);
});

test("GET /v1/nodes of any node has them all, and says which stops", async () => {
  const cluster = memoryCluster(defaultNamespaces);
  const [one, other] = [
    await openGateway({ limits: { drainMs: 1_000 } }, { store: cluster.node() }),
    await openGateway({}, { store: cluster.node() }),
  ];
  const { node, shared, nodes } = await listed(one);
  expect(shared).toBe(true);
  expect(nodes.map(({ url, state }) => [url, state])).toEqual([
    [one.url, "ready"],
    [other.url, "ready"],
  ]);
  const closing = one.close();
  const seen = (await listed(other)).nodes.find(({ name }) => name === node);
  expect(seen).toMatchObject({ state: "stopping" });
  await closing;
  expect((await listed(other)).nodes.map(({ url }) => url)).toEqual([other.url]);
});

test("GET /v1/nodes while the store is away says when to ask again", async () => {
  const cluster = memoryCluster(defaultNamespaces);
  const gateway = await openGateway({}, { store: cluster.node() });
  cluster.cut((await listed(gateway)).node);
  const answer = await gateway.request("/v1/nodes");
  expect(answer.status).toBe(503);
  expect(answer.headers.get("retry-after")).toBe("1");
});

test("A48 GET /v1/nodes is for those who may read /metrics", async () => {
  const gateway = await openGateway(withIssuer);
  const status = async (claims: object): Promise<number> =>
    (await gateway.request("/v1/nodes", { headers: bearer(jwt(claims)) })).status;
  expect(await status({ role: "monitor" })).toBe(200);
  expect(await status({ can: [may("*", "subscribe", "history", "publish")] })).toBe(403);
});
