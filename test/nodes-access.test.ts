/** A8, A9 over a real Redis: what the command line says to one place all nodes heed, and how soon. */
import { expect, onTestFinished, test } from "vitest";
import { Cli } from "../packages/cli/test/cli.ts";
import { defaultNamespaces } from "../packages/core/src/namespaces.ts";
import { openRedisBroker } from "../packages/gateway/src/brokers/redis/index.ts";
import { openGateway, type TestGateway } from "../packages/gateway/test/support/gateway.ts";
import { openWire } from "../packages/gateway/test/support/wire.ts";
import { startRedis } from "./support/redis/index.ts";

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const statusOf = async (gateway: TestGateway, token: string): Promise<number> =>
  (await gateway.request("/v1/info", { headers: bearer(token) })).status;

test("A8 A9 a key that the command line makes opens every node, and one that it revokes is cut off at every node", async () => {
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  const cli = new Cli();
  onTestFinished(() => cli.remove());
  const open = async (): Promise<TestGateway> =>
    openGateway({}, { store: await openRedisBroker({ url: redis.url, namespaces: defaultNamespaces }) });
  const nodes = [await open(), await open(), await open()];
  const env = { SIGNALBOX_REDIS_URL: redis.url };

  const made = await cli.run(["keys", "create", "ci", "--role", "viewer", "--json"], { env });
  expect(made).toMatchObject({ code: 0, stderr: expect.stringContaining("in the Redis that nodes share") });
  const { token, id } = JSON.parse(made.stdout) as { token: string; id: string };
  for (const node of nodes) expect(await statusOf(node, token)).toBe(200);
  expect((await cli.run(["keys", "list"], { env })).stdout).toContain(id);

  const wires = await Promise.all(nodes.map((node) => openWire(node, { headers: bearer(token) })));
  const cut = Promise.all(wires.map(({ closed }) => closed));
  expect(await cli.run(["keys", "revoke", id], { env })).toMatchObject({ code: 0 });
  expect((await cut).map(({ code }) => code)).toEqual([3507, 3507, 3507]);
  for (const node of nodes) expect(await statusOf(node, token)).toBe(401);

  const { stdout } = await cli.run(["keys", "create", "ada", "--role", "viewer", "--subject", "ada", "--json"], {
    env,
  });
  const ada = (JSON.parse(stdout) as { token: string }).token;
  const live = await Promise.all(nodes.map((node) => openWire(node, { headers: bearer(ada) })));
  expect(await cli.run(["revoke", "--subject", "service:ada"], { env })).toMatchObject({ code: 0 });
  expect((await Promise.all(live.map(({ closed }) => closed))).map(({ code }) => code)).toEqual([3507, 3507, 3507]);
  expect(await cli.run(["revoke", "--subject", "service:ada", "--lift"], { env })).toMatchObject({ code: 0 });
  await expect
    .poll(() => Promise.all(nodes.map((node) => statusOf(node, ada))), { timeout: 60_000 })
    .toEqual([...[200, 200, 200]]);
});

test("A8 how soon a revocation at one node cuts the sockets at another, and tickets and members across a Redis", async () => {
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  const broker = () => openRedisBroker({ url: redis.url, namespaces: defaultNamespaces });
  const [one, other] = [
    await openGateway({}, { store: await broker() }),
    await openGateway({}, { store: await broker() }),
  ];
  const { openSharedAccess } = await import("../packages/gateway/src/auth/shared.ts");
  const { ApiKeys } = await import("../packages/gateway/src/auth/api-keys/index.ts");
  const beside = await broker();
  onTestFinished(() => beside.close());
  const shared = await openSharedAccess({ broker: beside });
  onTestFinished(() => shared.close());
  const keys = new ApiKeys({ store: shared.keys });
  const times: number[] = [];
  for (let n = 0; n < 20; n++) {
    const { token, key } = await keys.create({ name: `n${n}`, role: "viewer" });
    const wire = await openWire(other, { headers: bearer(token) });
    const since = performance.now();
    await keys.revoke(key.id);
    expect((await wire.closed).code).toBe(3507);
    times.push(performance.now() - since);
  }
  times.sort((a, b) => a - b);
  console.info(
    `a socket was cut after ${times.at(10)?.toFixed(1)} ms (median), ${times.at(-1)?.toFixed(1)} ms at most`,
  );

  const { ticket } = (await (await one.request("/v1/tickets", { method: "POST" })).json()) as { ticket: string };
  const used = async (gateway: TestGateway) => (await fetch(`${gateway.url}/v1/info?ticket=${ticket}`)).status;
  expect([await used(other), await used(one), await used(other)]).toEqual([200, 401, 401]);

  const wire = await openWire(one);
  wire.send({ id: "p", type: "presence", timestamp: 1, data: { channel: "session:s1", memberId: "m", name: "Ada" } });
  await wire.inbox.type("presence");
  const listed = async (gateway: TestGateway) => (await gateway.request("/v1/channels/session:s1/presence")).json();
  const here = await listed(one);
  expect(here).toMatchObject({ total: 1 });
  await expect.poll(() => listed(other), { timeout: 60_000 }).toEqual(here);
});
