/** GET /v1/connections on several nodes: whichever is asked, all of them are listed, each once. */
import { defaultNamespaces } from "@signalbox/core";
import { expect, test } from "vitest";
import { openBalancer } from "../support/balancer.ts";
import { openGateway, type TestGateway, token } from "../support/gateway.ts";
import { memoryCluster } from "../support/memory-broker.ts";
import { openWire } from "../support/wire.ts";

interface Listed {
  connections: Array<{ id: string; node: string }>;
  next?: string;
}

const headers = { authorization: `Bearer ${token}` };

async function listed(url: string, limit: number): Promise<Listed["connections"]> {
  const all: Listed["connections"] = [];
  for (let after: string | undefined = ""; after !== undefined; ) {
    const place: string = after === "" ? "" : `&after=${after}`;
    const answer: Response = await fetch(`${url}/v1/connections?limit=${limit}${place}`, { headers });
    const { connections, next } = (await answer.json()) as Listed;
    expect(connections.length).toBeLessThanOrEqual(limit);
    all.push(...connections);
    after = next;
  }
  return all;
}

const nameOf = (gateway: TestGateway): string => /"node":"([^"]+)"/.exec(gateway.lines.join(""))?.[1] ?? "";

test("all nodes' connections come in pages, whichever node each is asked of; a node that is gone has none", async () => {
  const cluster = memoryCluster(defaultNamespaces);
  const open = () => openGateway({}, { store: cluster.node() });
  const all = [await open(), await open(), await open()] as const;
  for (const [at, gateway] of all.entries()) for (let n = 0; n <= at; n++) await openWire(gateway);
  const { url } = await openBalancer(all);
  for (const limit of [1, 2, 100]) {
    const found = await listed(url, limit);
    expect(new Set(found.map(({ id }) => id)).size).toBe(6);
    expect(found).toHaveLength(6);
    for (const [at, gateway] of all.entries()) {
      expect(found.filter(({ node }) => node === nameOf(gateway))).toHaveLength(at + 1);
    }
  }
  cluster.kill(nameOf(all[2]));
  expect(await listed(all[0].url, 2)).toHaveLength(3);
});
