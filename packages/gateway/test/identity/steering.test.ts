/** Who may steer what, with tokens as issuers make them. */
import { expect, test } from "vitest";
import { openGateway, type TestGateway, tempDir } from "../support/gateway.ts";
import { bearer, jwt, may, type Says, withIssuer } from "./issuer.ts";

type Body = Record<string, unknown> & { error?: { name: string } };

async function as(
  gateway: TestGateway,
  says: Says,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: Body }> {
  const init = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
  const response = await gateway.request(path, { ...init, headers: bearer(jwt(says)) });
  return { status: response.status, body: (await response.json()) as Body };
}

const question = { executionId: "e1", checkpointId: "c1", checkpointData: { n: 1 } };
const idsOf = ({ body }: { body: Body }, what: string) =>
  (body[what] as Array<Record<string, unknown>>).map(({ commandId, checkpointId }) => commandId ?? checkpointId);

test("A41 tenants steer apart, also after a restart, and deadlines are met where nobody comes back", async () => {
  const dataDir = tempDir();
  const first = await openGateway({ ...withIssuer, dataDir, store: "sqlite" });
  const [blue, red]: Says[] = [
    { tenant: "blue", role: "admin" },
    { tenant: "red", role: "admin" },
  ];
  if (blue === undefined || red === undefined) throw new Error("no tenants");
  // Long enough for the first gateway to be closed before it.
  const deadline = Date.now() + 4_000;
  expect((await as(first, blue, "/v1/checkpoints", { ...question, deadline })).status).toBe(201);
  expect((await as(first, red, "/v1/checkpoints", { ...question, checkpointData: { n: 2 } })).status).toBe(201);
  expect((await as(first, {}, "/v1/checkpoints/c1")).status).toBe(404);
  const decided = await as(first, red, "/v1/checkpoints/c1/decision", { decision: "approve" });
  expect(decided.body).toMatchObject({ state: "decided", checkpointData: { n: 2 } });
  expect((await as(first, blue, "/v1/checkpoints/c1")).body).toMatchObject({ checkpointData: { n: 1 } });
  await first.close();

  const second = await openGateway({ ...withIssuer, dataDir, store: "sqlite" });
  // Nobody of the tenant asks: its metrics count is what shows that the gateway published something.
  const kept = async () =>
    /signalbox_events_kept_total (\d+)/.exec(await (await second.request("/metrics")).text())?.[1];
  while ((await kept()) !== "1") await new Promise((resolve) => setTimeout(resolve, 50));
  expect((await as(second, blue, "/v1/checkpoints/c1")).body).toMatchObject({ state: "expired", decision: "deny" });
  expect((await as(second, red, "/v1/checkpoints/c1")).body).toMatchObject({ state: "decided" });
});

test("§12.3 a lease of a tenant is lost where nobody comes back, also after a restart", async () => {
  const dataDir = tempDir();
  const first = await openGateway({ ...withIssuer, dataDir, store: "sqlite" });
  const blue: Says = { tenant: "blue", role: "admin" };
  const taken = await first.request("/v1/leases/agent:a", {
    ...{ method: "PUT", headers: bearer(jwt(blue)) },
    body: JSON.stringify({ producer: "p", ttlMs: 4_000 }),
  });
  expect(taken.status).toBe(200);
  expect((await as(first, { tenant: "red", role: "admin" }, "/v1/leases/agent:a")).status).toBe(404);
  await first.close();

  const second = await openGateway({ ...withIssuer, dataDir, store: "sqlite" });
  const kept = async () =>
    /signalbox_events_kept_total (\d+)/.exec(await (await second.request("/metrics")).text())?.[1];
  while ((await kept()) !== "1") await new Promise((resolve) => setTimeout(resolve, 50));
  expect((await as(second, blue, "/v1/leases/agent:a")).body).toMatchObject({ state: "lost", producer: "p", epoch: 1 });
});

test("A10 who may not see or steer a channel learns nothing of what is there", async () => {
  const gateway = await openGateway(withIssuer);
  const boss: Says = { sub: "boss", role: "admin" };
  for (const target of ["agent:a", "agent:b"]) {
    await as(gateway, boss, "/v1/commands", { target, name: "pause", commandId: `k-${target.slice(-1)}` });
  }
  await as(gateway, boss, "/v1/checkpoints", question);
  const some: Says = {
    can: [may("agent:a", "history"), { channels: "agent:a", verbs: ["command"], commands: ["pause"] }],
  };
  expect(idsOf(await as(gateway, some, "/v1/commands"), "commands")).toEqual(["k-a"]);
  expect(idsOf(await as(gateway, some, "/v1/checkpoints"), "checkpoints")).toEqual([]);
  for (const path of ["/v1/commands/k-b", "/v1/commands/none", "/v1/checkpoints/c1", "/v1/checkpoints/none"]) {
    expect((await as(gateway, some, path)).status).toBe(404);
  }
  for (const [path, body] of [
    ["/v1/commands/k-b/cancel", {}],
    ["/v1/commands/none/cancel", {}],
    ["/v1/checkpoints/c1/decision", { decision: "approve" }],
    ["/v1/checkpoints/none/decision", { decision: "approve" }],
  ] as const) {
    expect((await as(gateway, some, path, body)).body.error?.name).toBe("not_found");
  }
  const give = (name: string) => as(gateway, some, "/v1/commands", { target: "agent:a", name });
  expect((await give("pause")).status).toBe(202);
  expect((await give("stop")).body.error?.name).toBe("forbidden");
});

test("§11.2 an agent asks and reads its answer, but decides nothing", async () => {
  const gateway = await openGateway(withIssuer);
  const agent: Says = { sub: "coder", role: "agent", agentId: "coder" };
  expect((await as(gateway, agent, "/v1/checkpoints", question)).status).toBe(201);
  expect((await as(gateway, agent, "/v1/checkpoints/c1")).body).toMatchObject({
    state: "open",
    requestedBy: "agent:coder",
  });
  const decide = (says: Says, decision: string) => as(gateway, says, "/v1/checkpoints/c1/decision", { decision });
  expect((await decide(agent, "approve")).body.error?.name).toBe("not_found");
  expect((await decide({ role: "operator" }, "approve")).status).not.toBe(200);
  expect((await decide({ role: "approver" }, "deny")).body).toMatchObject({ decidedBy: "user:ada" });
  expect((await as(gateway, agent, "/v1/checkpoints/c1?wait=5")).body).toMatchObject({ decision: "deny" });
});

test("§10.6 what may be steered is told by the rights of who asks", async () => {
  const gateway = await openGateway(withIssuer);
  const asked = (can: Says["can"]) => as(gateway, { can: can ?? [] }, "/v1/channels/agent:a/steering");
  const allowed = ({ body }: { body: Body }) =>
    (body.commands as Body[]).flatMap((one) => (one.allowed ? [one.name] : []));
  const named = await asked([{ ...may("agent:*", "command"), commands: ["pause"] }]);
  expect([named.body.approve, allowed(named)]).toEqual([false, ["pause"]]);
  const approver = await asked([may("agent:*", "approve")]);
  expect([approver.body.approve, allowed(approver)]).toEqual([true, []]);
  expect((await asked([may("process:*", "history")])).status).toBe(404);
});
