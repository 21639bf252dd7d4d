/** S§3.5 over two nodes: a direct message reaches whoever it is for, wherever that is connected. */
import { defaultNamespaces } from "@signalbox/core";
import { expect, onTestFinished, test } from "vitest";
import { WebSocketClient } from "../../../../test/support/execution-client.ts";
import { jwt, may, withIssuer } from "../identity/issuer.ts";
import { openGateway, type TestGateway } from "../support/gateway.ts";
import { memoryCluster } from "../support/memory-broker.ts";

async function open(gateway: TestGateway, path: string, who: string): Promise<WebSocketClient> {
  const client = await WebSocketClient.connect(gateway.url.replace("http", "ws") + path, who);
  onTestFinished(() => client.close());
  return client;
}

const until = (isSo: () => boolean) => expect.poll(isSo, { timeout: 60_000, interval: 10 }).toBe(true);
const publish = (channel: string) => may(channel, "publish");

async function twoNodes() {
  const cluster = memoryCluster(defaultNamespaces);
  const one = await openGateway(withIssuer, { store: cluster.node() });
  const other = await openGateway(withIssuer, { store: cluster.node() });
  return { cluster, one, other };
}

test("a person at another node gets it once per connection; the answer counts all of them", async () => {
  const { one, other } = await twoNodes();
  const ada = await open(one, "/ws/executions", jwt({ sub: "ada", can: [publish("user:bob")] }));
  const bobs = await Promise.all([one, other, other].map((at) => open(at, "/ws/executions", jwt({ sub: "bob" }))));
  const acks = () => ada.of("direct_ack");
  await until(() => {
    if (acks().at(-1)?.delivered === 3) return true;
    ada.send({ type: "direct", to: "user:bob", data: { n: 1 } });
    return false;
  });
  for (const bob of bobs) {
    await until(() => bob.of("direct").length > 0);
    expect(bob.of("direct")[0]).toMatchObject({ from: { principal: "user:ada" }, data: { n: 1 } });
  }
  const connectionId = bobs[2]?.of("connected")[0]?.connectionId;
  const before = bobs.map((bob) => bob.of("direct").length);
  const many = acks().length;
  ada.send({ type: "direct", to: `connection:${connectionId}`, data: { n: 2 } });
  await until(() => acks().length > many);
  expect(acks().at(-1)).toMatchObject({ accepted: true, delivered: 1 });
  await until(() => bobs[2]?.of("direct").at(-1)?.data?.n === 2);
  expect(bobs.slice(0, 2).map((bob) => bob.of("direct").length)).toEqual(before.slice(0, 2));
});

test("nobody is reached who may not be, or is in another tenant, or at a node that is gone", async () => {
  const { cluster, one, other } = await twoNodes();
  const ada = await open(one, "/ws/executions", jwt({ sub: "ada", can: [publish("user:bob")] }));
  const eve = await open(other, "/ws/executions", jwt({ sub: "eve" }));
  const bob = await open(other, "/ws/executions", jwt({ sub: "bob" }));
  const answer = async (to: string) => {
    const before = ada.of("direct_ack").length;
    ada.send({ type: "direct", to, data: {} });
    await until(() => ada.of("direct_ack").length > before);
    const ack = ada.of("direct_ack").at(-1);
    return ack?.accepted ? "accepted" : ack?.error.name;
  };
  await expect.poll(() => answer("user:bob"), { timeout: 60_000 }).toBe("accepted");
  expect(await answer("user:eve")).toBe("forbidden");
  expect(await answer(`connection:${eve.of("connected")[0]?.connectionId}`)).toBe("not_found");
  bob.close();
  await expect.poll(() => answer("user:bob"), { timeout: 60_000 }).toBe("not_found");
  await open(other, "/ws/executions", jwt({ sub: "bob" }));
  await expect.poll(() => answer("user:bob"), { timeout: 60_000 }).toBe("accepted");
  const { node } = (await (await other.request("/v1/info")).json()) as { node: string };
  cluster.kill(node);
  await expect.poll(() => answer("user:bob"), { timeout: 60_000 }).toBe("not_found");
});
