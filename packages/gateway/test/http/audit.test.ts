/** §18.1 to §18.5 */
import { defaultNamespaces } from "@signalbox/core";
import { describe, expect, test } from "vitest";
import { withAudit } from "../../src/audit/audit.ts";
import { type AuditEntry, firstBroken } from "../../src/audit/entry.ts";
import { bearer, jwt, may, withIssuer } from "../identity/issuer.ts";
import { openGateway, type TestGateway, tempDir } from "../support/gateway.ts";
import { memoryCluster } from "../support/memory-broker.ts";

interface Page {
  epoch: string;
  top: number;
  entries: Array<AuditEntry & { position: string }>;
  next: string;
  more: boolean;
}

async function read(gateway: TestGateway, query = "", headers: Record<string, string> = {}): Promise<Page> {
  const answer = await gateway.request(`/v1/audit${query}`, { headers });
  expect(answer.status).toBe(200);
  return (await answer.json()) as Page;
}

/** Waits for what is written down behind an answer. */
const next = (gateway: TestGateway, query: string): Promise<Page> => read(gateway, `?since=earliest&wait=20&${query}`);

const post = (gateway: TestGateway, path: string, body: unknown, headers: Record<string, string> = {}) =>
  gateway.request(path, { method: "POST", body: JSON.stringify(body), headers });

const decide = async (gateway: TestGateway, headers: Record<string, string> = {}): Promise<void> => {
  const asked = { channel: "agent:a", checkpointId: "c1", checkpointData: { run: "rm -rf /" } };
  expect((await post(gateway, "/v1/checkpoints", asked)).status).toBe(201);
  const decision = { decision: "approve", reason: "fine" };
  expect((await post(gateway, "/v1/checkpoints/c1/decision", decision, headers)).status).toBe(200);
};

describe("§18.2 what is written down", () => {
  test("a command and a decision: who, whom, from where, with what result, and none of their text", async () => {
    const gateway = await openGateway(withIssuer);
    const ada = bearer(jwt({ sub: "ada", can: [may("agent:*", "command", "approve", "history")] }));
    const command = { target: "agent:a", name: "pause", commandId: "k1", args: { note: "quiet please" } };
    expect((await post(gateway, "/v1/commands", command, ada)).status).toBe(202);
    await decide(gateway, ada);
    // The same id for something else, and a second decision: refused, and written down.
    expect((await post(gateway, "/v1/commands", { ...command, name: "resume" }, ada)).status).toBe(409);
    expect((await post(gateway, "/v1/checkpoints/c1/decision", { decision: "deny" })).status).toBe(409);
    const { entries } = await next(gateway, "who=user:admin");
    expect(entries).toMatchObject([
      { who: "user:admin", what: "checkpoint_decided", about: "c1", result: "already_decided" },
    ]);
    const all = (await read(gateway, "?since=earliest")).entries;
    expect(all.map(({ who, what, result }) => [who, what, result])).toEqual([
      ["gateway", "gateway_started", "ok"],
      ["user:ada", "command_queued", "ok"],
      ["user:ada", "checkpoint_decided", "ok"],
      ["user:ada", "command_queued", "already_exists"],
      ["user:admin", "checkpoint_decided", "already_decided"],
    ]);
    expect(all[1]).toMatchObject({
      ...{ target: "agent:a", about: "k1", address: "127.0.0.1", by: "https://id.example.test" },
      event: expect.stringMatching(/^[\w-]+:1$/),
      details: { name: "pause", argsHash: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) },
    });
    expect(all[2]).toMatchObject({ details: { decision: "approve", payloadHash: expect.stringMatching(/^sha256:/) } });
    expect(JSON.stringify(all)).not.toMatch(/quiet please|rm -rf|fine/);
    expect(
      firstBroken(
        all.map(({ position: _, ...entry }) => entry),
        "",
      ),
    ).toBe(-1);
  });

  test("what a deadline decides is the gateway's; a driver, a budget, a lease that is taken", async () => {
    const gateway = await openGateway();
    const deadline = { channel: "agent:a", checkpointId: "c2", checkpointData: {}, deadline: Date.now() + 1_200 };
    expect((await post(gateway, "/v1/checkpoints", deadline)).status).toBe(201);
    await gateway.publish({ type: "budget_set", data: { scope: "global", limits: { costUsd: 5 } } });
    const put = (path: string, body: unknown) => gateway.request(path, { method: "PUT", body: JSON.stringify(body) });
    await put("/v1/channels/browser:b/driver", {});
    await put("/v1/leases/agent:a", { producer: "p1" });
    await put("/v1/leases/agent:a", { producer: "p2", takeOver: true });
    const { entries } = await next(gateway, "what=checkpoint_expired");
    expect(entries).toMatchObject([{ who: "gateway", target: "agent:a", about: "c2", details: { default: "deny" } }]);
    const all = (await read(gateway, "?since=earliest")).entries.filter(({ who }) => who !== "gateway");
    expect(all.map(({ who, what, target }) => [who, what, target])).toEqual([
      ["user:admin", "budget_set", "global"],
      ["user:admin", "driver_changed", "browser:b"],
      ["user:admin", "lease_held", "agent:a"],
    ]);
    expect(all[2]?.details).toMatchObject({ producer: "p2", previous: { producer: "p1" } });
  });

  test("refused sign-ins, once of each address", async () => {
    const gateway = await openGateway();
    for (let n = 0; n < 5; n++) await gateway.request("/v1/info", { headers: bearer("wrong") });
    const { entries } = await next(gateway, "what=sign_in_refused");
    expect(entries).toMatchObject([{ who: "nobody", address: "127.0.0.1", result: "unauthenticated" }]);
  });

  test("§18.3 it is there after a restart, and the chain goes on", async () => {
    const dataDir = tempDir();
    for (let life = 0; life < 3; life++) {
      const gateway = await openGateway({ store: "sqlite", dataDir });
      await next(gateway, "what=gateway_started");
      await gateway.close();
    }
    const gateway = await openGateway({ store: "sqlite", dataDir });
    const { entries } = await next(gateway, "");
    expect(entries.map(({ what }) => what.replace("gateway_", ""))).toEqual(
      ["started", "stopped", "started", "stopped", "started", "stopped", "started"].slice(0, entries.length),
    );
    expect(entries.length).toBeGreaterThanOrEqual(6);
    expect(
      firstBroken(
        entries.map(({ position: _, ...entry }) => entry),
        "",
      ),
    ).toBe(-1);
  });
});

describe("§18.5 reading", () => {
  test("newest first in pages, each once; filters; what is not there is said", async () => {
    const gateway = await openGateway();
    for (let n = 0; n < 25; n++) {
      await post(gateway, "/v1/commands", { target: `agent:a${n % 5}`, name: "pause", commandId: `k${n}` });
    }
    await next(gateway, "about=k24");
    const seen: string[] = [];
    for (let query = "?limit=10&what=command_queued"; ; ) {
      const page = await read(gateway, query);
      seen.push(...page.entries.map(({ about }) => about ?? ""));
      if (!page.more) break;
      query = `?limit=10&what=command_queued&before=${page.next}`;
    }
    expect(seen).toEqual(Array.from({ length: 25 }, (_, n) => `k${24 - n}`));
    expect((await read(gateway, "?target=agent:a3")).entries).toHaveLength(5);
    expect((await read(gateway, "?target=agent:*&who=user:*&limit=1000")).entries).toHaveLength(25);
    expect((await read(gateway, "?result=refused")).entries).toHaveLength(0);
    expect((await read(gateway, "?who=nobody")).entries).toHaveLength(0);
    const [newest] = (await read(gateway, "?limit=1")).entries;
    expect((await read(gateway, `?fromMs=${(newest?.at ?? 0) + 1}`)).entries).toHaveLength(0);
    const { epoch, top } = await read(gateway);
    const beyond = await gateway.request(`/v1/audit?since=${epoch}:${top + 1}`);
    expect([beyond.status, await beyond.json()]).toMatchObject([409, { error: { name: "position_beyond_head" } }]);
    expect((await gateway.request("/v1/audit?since=earliest&before=a:1")).status).toBe(400);
    expect((await gateway.request("/v1/audit?before=nonsense")).status).toBe(400);
  });

  test("takes admin on all channels; tenants see their own alone; no channel, list or search leads there", async () => {
    const gateway = await openGateway({ ...withIssuer, store: "sqlite" });
    const admins = {
      acme: bearer(jwt({ tenant: "acme", role: "admin" })),
      evil: bearer(jwt({ tenant: "evil", role: "admin" })),
    };
    await post(gateway, "/v1/commands", { target: "agent:acmesecret", name: "pause", commandId: "k1" }, admins.acme);
    const waited = await read(gateway, "?since=earliest&wait=20", admins.acme);
    expect(waited.entries).toMatchObject([{ what: "command_queued", target: "agent:acmesecret" }]);
    expect((await read(gateway, "", admins.evil)).entries).toEqual([]);
    expect(JSON.stringify(await read(gateway, ""))).not.toContain("acmesecret");
    const some = bearer(jwt({ tenant: "acme", can: [may("agent:*", "admin")] }));
    const refused = await gateway.request("/v1/audit", { headers: some });
    expect([refused.status, await refused.json()]).toMatchObject([
      403,
      { error: { name: "forbidden", details: { channel: "*", verb: "admin" } } },
    ]);
    for (const headers of [{}, admins.acme, admins.evil]) {
      for (const path of ["/v1/channels", "/v1/search?q=gateway_started", "/v1/search?q=command_queued*"]) {
        const text = await (await gateway.request(path, { headers })).text();
        expect(text).not.toContain("audit");
      }
      expect((await gateway.request("/v1/channels/audit/events", { headers })).status).toBe(400);
    }
  });

  test("§18.4 two nodes make one chain, whoever is quicker", async () => {
    const cluster = memoryCluster(withAudit(defaultNamespaces));
    const nodes = [
      await openGateway({}, { store: cluster.node() }),
      await openGateway({}, { store: cluster.node() }),
    ] as const;
    const commands = Array.from({ length: 20 }, (_, n) =>
      post(nodes[n % 2 === 0 ? 0 : 1], "/v1/commands", { target: "agent:a", name: "pause", commandId: `k${n}` }),
    );
    for (const answer of await Promise.all(commands)) expect(answer.status).toBe(202);
    await expect
      .poll(async () => (await read(nodes[1], "?what=command_queued")).entries.length, { timeout: 20_000 })
      .toBe(20);
    const { entries } = await read(nodes[0], "?since=earliest");
    expect(new Set(entries.map(({ node }) => node)).size).toBe(2);
    expect(
      firstBroken(
        entries.map(({ position: _, ...entry }) => entry),
        "",
      ),
    ).toBe(-1);
  });
});
