/** The Redis broker on one server: the suites, and what becomes of it when its links and the server fail. */

import { defaultNamespaces } from "@signalbox/core";
import { brokerSuite } from "@signalbox/testkit";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { checkRedis, openRedisBroker } from "../packages/gateway/src/brokers/redis/index.ts";
import { type RedisOptions, type RedisServer, startRedis } from "./support/redis/index.ts";
import { asUser, gatedNodesAt, user } from "./support/redis-nodes.ts";

let server: RedisServer;
const ends: Array<() => Promise<void>> = [];

beforeAll(async () => {
  server = await startRedis({ config: [user()] });
});
afterAll(async () => {
  for (const end of ends) await end();
  await server.stop();
});

brokerSuite("redis", {
  cluster: async (namespaces) => {
    const nodes = gatedNodesAt(server, asUser, namespaces);
    ends.push(nodes.close);
    return nodes;
  },
});

const started = async (options: RedisOptions): Promise<RedisServer> => {
  const other = await startRedis(options);
  onTestFinished(() => other.stop());
  return other;
};
const open = (url: string, rest: object = {}) => openRedisBroker({ url, namespaces: defaultNamespaces, ...rest });

test("A43 over TLS, with a password; a certificate that nobody vouches for and a wrong password are refused", async () => {
  const secure = await started({ tls: true, password: "s3cret" });
  const broker = await open(secure.url, { tls: { ca: secure.certificate } });
  expect(await broker.info("agent:a")).toBeUndefined();
  await broker.close();
  await expect(open(secure.url)).rejects.toThrow(/certificate/);
  const wrong = open(secure.url, { password: "wr0ng", tls: { ca: secure.certificate } });
  await expect(wrong).rejects.toThrow(/password/);
  await expect(wrong).rejects.not.toThrow(/wr0ng|s3cret/);
});

test("A43 what should be different is said at start; a replica is refused", async () => {
  const logged: string[] = [];
  const log = { warn: (message: string) => void logged.push(message) };
  const careless = await started({ config: ["appendonly no", "maxmemory-policy allkeys-lru"] });
  await (await open(careless.url, { log })).close();
  expect(logged).toContainEqual(expect.stringContaining("maxmemory-policy is allkeys-lru"));
  expect(logged).toContainEqual(expect.stringContaining("appendonly is no"));
  const replica = await started({ config: [`replicaof 127.0.0.1 ${careless.port}`] });
  await expect(open(replica.url)).rejects.toThrow(/is a replica/);
  // Without the right to ask, that is said.
  const found = await checkRedis({ url: asUser(server.url), prefix: "signalbox" });
  expect(found).toContainEqual(expect.objectContaining({ level: "note", code: "not-looked-at" }));
});

test("a gateway that starts before its Redis waits for it", async () => {
  const late = await started({});
  await late.kill();
  const opened = open(late.url);
  await late.start();
  await (await opened).close();
});

test("A13 CVE-2021-29469: an answer that looks like a monitor's, and is long, is read like any other", async () => {
  const broker = await open(server.url);
  onTestFinished(() => broker.close());
  const text = `1620000000.000000 [0 127.0.0.1:1] ${'"a" '.repeat(50_000)}\\"`;
  expect(await broker.setDocument("slow", 0, text)).toBe(true);
  expect(await broker.document("slow")).toEqual({ version: 1, text });
});
