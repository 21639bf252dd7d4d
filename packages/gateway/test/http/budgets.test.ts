/** §14 over HTTP: set, counted, reached, with receipts; who may see and set one; tenants. */
import { expect, test } from "vitest";
import { bearer, jwt, may, withIssuer } from "../identity/issuer.ts";
import { openGateway, type TestGateway } from "../support/gateway.ts";

interface Told {
  scope: string;
  state: string;
  used: { tokens: number };
  paused?: { group: string; given: number; counts: object; commands: Array<{ commandId: string; target: string }> };
}

async function get(gateway: TestGateway, path: string, headers = {}) {
  const response = await gateway.request(`/v1${path}`, { headers });
  return { status: response.status, body: (await response.json()) as Told & { budgets: Told[]; next?: string } };
}

async function publish(gateway: TestGateway, event: object, headers = {}): Promise<unknown> {
  const response = await gateway.request("/v1/events", { method: "POST", headers, body: JSON.stringify(event) });
  const { results } = (await response.json()) as { results: Array<{ error?: { name: string } }> };
  return results[0]?.error?.name ?? results[0];
}

const set = (scope: string, tokens: number, more = {}) => ({
  type: "budget_set",
  data: { scope, limits: { tokens }, ...more },
});
const use = (agentId: string, inputTokens: number, more = {}) => ({
  type: "agent_usage",
  data: { agentId, inputTokens },
  ...more,
});

const lease = (gateway: TestGateway, channel: string, headers = {}) =>
  gateway.request(`/v1/leases/${channel}`, { method: "PUT", headers, body: JSON.stringify({ producer: "p" }) });

/** A stage follows the usage that reached it, in its own time. */
async function inState(gateway: TestGateway, scope: string, state: string, headers = {}): Promise<Told> {
  for (;;) {
    const { body } = await get(gateway, `/budgets/${scope}`, headers);
    if (body.state === state) return body;
  }
}

test("§14.5 a budget tells its limits, what was used, and who acknowledged what followed", async () => {
  const gateway = await openGateway();
  await lease(gateway, "agent:a");
  expect(await publish(gateway, set("agent:a", 100))).toMatchObject({ channel: "agent:a", duplicate: false });
  await publish(gateway, use("a", 60, { metadata: { idempotencyKey: "once" } }));
  await publish(gateway, use("a", 60, { metadata: { idempotencyKey: "once" } }));
  const open = await get(gateway, "/budgets/agent:a");
  expect(open.body).toMatchObject({
    ...{ scope: "agent:a", state: "open", limits: { tokens: 100 }, round: 1, warnAt: 0.8, cancelAt: 1.2 },
    ...{ used: { costUsd: 0, tokens: 60, seconds: 0 }, shares: { tokens: 0.6 }, position: { offset: 2 } },
  });
  await publish(gateway, use("a", 40));
  const paused = await inState(gateway, "agent:a", "paused");
  expect(paused).toMatchObject({
    warned: { used: { tokens: 100 }, round: 1 },
    paused: { given: 1, counts: { queued: 1 }, commands: [{ target: "agent:a", name: "pause", state: "queued" }] },
  });
  const { group = "", commands: [command] = [] } = paused.paused ?? {};
  const answers = { commandId: command?.commandId };
  const producer = { id: "p", epoch: 1, seq: 1 };
  for (const [index, type] of ["command_started", "command_done"].entries()) {
    await publish(gateway, { type, data: answers, metadata: { producer: { ...producer, seq: index + 1 } } });
  }
  expect((await get(gateway, "/budgets/agent:a")).body.paused).toMatchObject({ counts: { done: 1 } });
  expect((await get(gateway, `/commands?group=${group}`)).body).toMatchObject({ counts: { done: 1 } });
  await publish(gateway, set("agent:a", 100, { reset: true }));
  expect((await get(gateway, "/budgets/agent:a")).body).toMatchObject({ state: "open", used: { tokens: 0 }, round: 2 });
});

test("§14.5 budgets are listed by scope, a page at a time, without receipts", async () => {
  const gateway = await openGateway();
  await lease(gateway, "agent:b");
  for (const scope of ["session:s", "agent:b", "global", "agent:a"]) await publish(gateway, set(scope, 10));
  await publish(gateway, use("b", 10));
  await inState(gateway, "global", "paused");
  const scopes = async (query: string) => {
    const { body } = await get(gateway, `/budgets?${query}`);
    return [body.budgets.map(({ scope }) => scope), body.next];
  };
  expect(await scopes("")).toEqual([["agent:a", "agent:b", "global", "session:s"], undefined]);
  expect(await scopes("scope=agent:*&limit=1")).toEqual([["agent:a"], "agent:a"]);
  expect(await scopes("scope=agent:*&limit=1&after=agent:a")).toEqual([["agent:b"], undefined]);
  const [listed] = (await get(gateway, "/budgets?scope=global")).body.budgets;
  expect(listed?.paused).toMatchObject({ given: 1 });
  expect(listed?.paused).not.toHaveProperty("commands");
});

test("§14.1 setting takes admin on the scope; who may not see a budget does not learn of it", async () => {
  const gateway = await openGateway(withIssuer);
  await publish(gateway, set("session:s", 10));
  const as = (...capabilities: ReturnType<typeof may>[]) => bearer(jwt({ can: capabilities }));
  const operator = as(may("*", "publish", "command", "approve"), may("agent:*", "history"));
  expect(await publish(gateway, set("session:s", 99), operator)).toBe("forbidden");
  expect((await get(gateway, "/budgets/session:s", operator)).status).toBe(404);
  expect((await get(gateway, "/budgets", operator)).body).toEqual({ budgets: [] });
  const owner = as(may("session:s", "admin"));
  expect(await publish(gateway, set("session:s", 99), owner)).toMatchObject({ channel: "session:s" });
  expect(await publish(gateway, set("session:t", 99), owner)).toBe("forbidden");
  expect((await get(gateway, "/budgets/session:s", owner)).body).toMatchObject({ limits: { tokens: 99 } });
  // Nobody speaks for the gateway, or gives a command under an id of budgets.
  const forged = { type: "budget_paused", data: { scope: "session:s", limits: {}, share: 1, round: 2, commands: [] } };
  const used = { costUsd: 0, tokens: 0, seconds: 0 };
  expect(await publish(gateway, { ...forged, data: { ...forged.data, used } })).toBe("forbidden");
  const squatted = { type: "command_queued", data: { target: "agent:a", name: "x", commandId: "budget.1.2" } };
  expect(await publish(gateway, squatted)).toBe("invalid_message");
});

test("§14.2 an agent's token counts for its own agent, and for the session it names", async () => {
  const gateway = await openGateway(withIssuer);
  for (const scope of ["agent:a", "agent:b", "session:s"]) await publish(gateway, set(scope, 100));
  const agent = bearer(jwt({ agentId: "a", can: [may("agent:*", "publish")] }));
  const named = { type: "agent_usage", data: { agentId: "a", sessionId: "s", outputTokens: 5 } };
  expect(await publish(gateway, named, agent)).toMatchObject({ channel: "agent:a" });
  expect(await publish(gateway, use("b", 50), agent)).toBe("forbidden");
  // In another channel it is an event like any other.
  expect(await publish(gateway, use("b", 50, { channel: "agent:a" }))).toMatchObject({ channel: "agent:a" });
  const tokens = async (scope: string) => (await get(gateway, `/budgets/${scope}`)).body.used.tokens;
  expect([await tokens("agent:a"), await tokens("agent:b"), await tokens("session:s")]).toEqual([5, 0, 5]);
});

test("A41 tenants have budgets of their own, and pause nobody else's agents", async () => {
  const gateway = await openGateway(withIssuer);
  const of = (tenant: string) => bearer(jwt({ tenant, can: [may("*", "admin")] }));
  const [red, blue] = [of("red"), of("blue")];
  for (const who of [red, blue]) {
    await lease(gateway, "agent:a", who);
    await publish(gateway, set("global", 10), who);
  }
  await publish(gateway, use("a", 10), red);
  const paused = await inState(gateway, "global", "paused", red);
  expect(paused.paused).toMatchObject({ given: 1 });
  expect((await get(gateway, "/budgets/global", blue)).body).toMatchObject({ state: "open", used: { tokens: 0 } });
  expect((await get(gateway, "/commands?target=agent:a", blue)).body).toEqual({ commands: [] });
  expect((await get(gateway, "/budgets/global")).status).toBe(404);
});

test.each([
  ["no limits", { scope: "global" }, "/data/limits"],
  ["another kind of scope", { scope: "process:p", limits: {} }, "/data/scope"],
  ["shares that do not rise", { scope: "global", limits: { tokens: 1 }, warnAt: 2 }, "/data"],
])("%s is refused with its place", async (_what, data, path) => {
  const gateway = await openGateway();
  const body = JSON.stringify({ type: "budget_set", data });
  const response = await gateway.request("/v1/events", { method: "POST", body });
  expect([response.status, await response.json()]).toMatchObject([400, { error: { details: { path } } }]);
});
