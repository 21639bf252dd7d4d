/** The Redis broker on one server: the suites, and what becomes of it when its links and the server fail. */
import { brokerSuite } from "@signalbox/testkit";
import { afterAll, beforeAll } from "vitest";
import { type RedisServer, startRedis } from "./support/redis/index.ts";
import { gatedNodesAt } from "./support/redis-nodes.ts";

let server: RedisServer;
const ends: Array<() => Promise<void>> = [];

beforeAll(async () => {
  server = await startRedis();
});
afterAll(async () => {
  for (const end of ends) await end();
  await server.stop();
});

brokerSuite("redis", {
  cluster: async (namespaces) => {
    const nodes = gatedNodesAt(server, namespaces);
    ends.push(nodes.close);
    return nodes;
  },
});
