/** Who may come in, over two nodes: what one is told, the other heeds. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { defaultNamespaces } from "@signalbox/core";
import { describe, expect, test } from "vitest";
import { sharedAdminToken } from "../../src/auth/admin-token/index.ts";
import { ApiKeys } from "../../src/auth/api-keys/index.ts";
import { Revocations } from "../../src/auth/revocations.ts";
import { openSharedAccess } from "../../src/auth/shared.ts";
import { openGateway, type TestGateway, tempDir } from "../support/gateway.ts";
import { memoryCluster } from "../support/memory-broker.ts";
import { openWire } from "../support/wire.ts";

async function twoNodes(dataDir = tempDir()) {
  const cluster = memoryCluster(defaultNamespaces);
  const one = await openGateway({ dataDir }, { store: cluster.node() });
  const other = await openGateway({}, { store: cluster.node() });
  /** As the command line does it, beside the nodes. */
  const shared = await openSharedAccess({ broker: cluster.node() });
  return { cluster, one, other, keys: new ApiKeys({ store: shared.keys }), revocations: shared.revocations };
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const statusOf = async (gateway: TestGateway, token: string): Promise<number> =>
  (await gateway.request("/v1/channels", { headers: bearer(token) })).status;
const nameOf = async (gateway: TestGateway): Promise<string> => {
  const wire = await openWire(gateway);
  wire.send({ id: "c", type: "connect", timestamp: 1, data: {} });
  return ((await wire.inbox.type("connect")).data as { node: string }).node;
};

describe("A9 API keys of all nodes", () => {
  test("one that is made beside the nodes opens each of them, one that is revoked none, and its sockets are cut", async () => {
    const { one, other, keys } = await twoNodes();
    const { token, key } = await keys.create({ name: "ci", role: "viewer" });
    expect([await statusOf(one, token), await statusOf(other, token)]).toEqual([200, 200]);
    const wires = await Promise.all([one, other].map((gateway) => openWire(gateway, { headers: bearer(token) })));
    const since = performance.now();
    await keys.revoke(key.id);
    const closed = await Promise.all(wires.map(({ closed }) => closed));
    const cutMs = performance.now() - since;
    expect(closed.map(({ code }) => code)).toEqual([3507, 3507]);
    expect([await statusOf(one, token), await statusOf(other, token)]).toEqual([401, 401]);
    // Seconds, on however slow a machine; in peace it is milliseconds.
    expect(cutMs).toBeLessThan(10_000);
    console.info(`sockets of two nodes were cut ${cutMs.toFixed(1)} ms after the key was revoked`);
  });
});

describe("A8 revocations of all nodes", () => {
  test("whoever is cut off is cut off everywhere, also while the store is away, and at nodes that begin later", async () => {
    const { cluster, one, other, keys, revocations } = await twoNodes();
    const { token } = await keys.create({ name: "ada", subject: "ada", kind: "user", role: "viewer" });
    const { token: good } = await keys.create({ name: "bob", role: "viewer" });
    const wire = await openWire(other, { headers: bearer(token) });
    await revocations.revoke({ what: "subject", kind: "user", id: "ada" });
    expect((await wire.closed).code).toBe(3507);
    cluster.cut(await nameOf(other));
    const info = async (key: string) => (await other.request("/v1/info", { headers: bearer(key) })).status;
    expect([await info(token), await info(good)]).toEqual([401, 200]);
    const late = await openGateway({}, { store: cluster.node() });
    expect([await statusOf(one, token), await statusOf(late, token)]).toEqual([401, 401]);
  });

  test("what a node missed while it was cut off it learns when it is back", async () => {
    const { cluster, other, keys, revocations } = await twoNodes();
    const { token } = await keys.create({ name: "ada", subject: "ada", kind: "user", role: "viewer" });
    const wire = await openWire(other, { headers: bearer(token) });
    const name = await nameOf(other);
    cluster.cut(name);
    await revocations.revoke({ what: "subject", kind: "user", id: "ada" });
    cluster.heal(name);
    expect((await wire.closed).code).toBe(3507);
  });

  test("of ten that are made at once at several nodes none is lost", async () => {
    const cluster = memoryCluster(defaultNamespaces);
    const all = await Promise.all([1, 2, 3].map(() => openSharedAccess({ broker: cluster.node() })));
    const ids = Array.from({ length: 10 }, (_, i) => `user-${i}`);
    await Promise.all(ids.map((id, i) => all[i % 3]?.revocations.revoke({ what: "subject", kind: "user", id })));
    const { revocations } = await openSharedAccess({ broker: cluster.node() });
    expect(revocations.list().map((one) => ("id" in one ? one.id : ""))).toEqual(expect.arrayContaining(ids));
    for (const { close } of all) close();
  });
});

describe("files of a data directory", () => {
  test("are taken over once into the documents that nodes share, which is said", async () => {
    const dataDir = tempDir();
    mkdirSync(dataDir, { recursive: true });
    await new Revocations({ path: join(dataDir, "revocations.json") }).revoke({
      what: "subject",
      kind: "user",
      id: "eve",
    });
    const { cluster, one, other, revocations } = await twoNodes(dataDir);
    expect(revocations.list()).toMatchObject([{ id: "eve" }]);
    expect(one.lines.filter((line) => line.includes("taken over"))).toHaveLength(1);
    expect(other.lines.filter((line) => line.includes("taken over"))).toHaveLength(0);
    await revocations.lift({ what: "subject", kind: "user", id: "eve" });
    await openGateway({ dataDir }, { store: cluster.node() });
    expect(revocations.list()).toEqual([]);
  });

  test("that are no such files stop the node", async () => {
    const dataDir = tempDir();
    mkdirSync(dataDir, { recursive: true });
    writeFileSync(join(dataDir, "keys.json"), "{}");
    const broker = memoryCluster(defaultNamespaces).node();
    await expect(openGateway({ dataDir }, { store: broker })).rejects.toThrow(/does not hold what it should/);
  });
});

test("documents that the store lost are kept again as the nodes know them", async () => {
  const cluster = memoryCluster(defaultNamespaces);
  const problems: string[] = [];
  const broker = cluster.node();
  const shared = await openSharedAccess({ broker, onProblem: (problem) => problems.push(problem) });
  await shared.revocations.revoke({ what: "subject", kind: "user", id: "eve" });
  cluster.loseDocuments();
  shared.missed();
  const again = await openSharedAccess({ broker });
  await expect
    .poll(async () => {
      again.missed();
      return again.revocations.list().length;
    })
    .toBe(1);
  expect(problems.join()).toContain("was gone");
  for (const { close } of [shared, again]) close();
});

test("the admin token is made once, for all nodes, and stands in each data directory", async () => {
  const cluster = memoryCluster(defaultNamespaces);
  const dirs = [tempDir(), tempDir(), tempDir()];
  const tokens = await Promise.all(dirs.map((dir) => sharedAdminToken(cluster.node(), dir, undefined)));
  const [token = ""] = tokens;
  expect(token.length).toBeGreaterThan(40);
  expect(new Set(tokens).size).toBe(1);
  for (const dir of dirs) expect(readFileSync(join(dir, "admin-token"), "utf8").trim()).toBe(token);
  const gateway = await openGateway({ adminToken: token }, { store: cluster.node() });
  expect(await statusOf(gateway, token)).toBe(200);
  expect(await sharedAdminToken(cluster.node(), tempDir(), "given-to-this-one")).toBe("given-to-this-one");
});

describe("A2 tickets of all nodes", () => {
  const made = async (gateway: TestGateway): Promise<string> =>
    ((await (await gateway.request("/v1/tickets", { method: "POST" })).json()) as { ticket: string }).ticket;
  const used = async (gateway: TestGateway, ticket: string, headers: Record<string, string> = {}) =>
    (await fetch(`${gateway.url}/v1/channels?ticket=${ticket}`, { headers })).status;

  test("one that was made at one node opens another, once, whichever is asked then", async () => {
    const { one, other } = await twoNodes();
    const ticket = await made(one);
    expect([await used(other, ticket), await used(one, ticket), await used(other, ticket)]).toEqual([200, 401, 401]);
    const mine = await made(other);
    expect([await used(other, mine), await used(one, mine)]).toEqual([200, 401]);
  });

  test("of many who use one at the same moment at two nodes one comes in", async () => {
    const { one, other } = await twoNodes();
    const ticket = await made(one);
    const statuses = await Promise.all(Array.from({ length: 20 }, (_, i) => used(i % 2 === 0 ? one : other, ticket)));
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
  });

  test("those that were used at another node make room for more", async () => {
    const { one, other } = await twoNodes();
    for (let i = 0; i < 40; i++) expect(await used(other, await made(one))).toBe(200);
  });

  test("while the store is away none is made or taken, and who asks is told to try again", async () => {
    const { cluster, one, other } = await twoNodes();
    const ticket = await made(one);
    cluster.cut(await nameOf(other));
    expect(await used(other, ticket)).toBe(503);
    expect((await other.request("/v1/tickets", { method: "POST" })).status).toBe(503);
    expect(await used(one, ticket)).toBe(200);
  });
});
