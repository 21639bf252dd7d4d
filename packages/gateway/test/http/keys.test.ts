/** §18.6 to §18.8 */
import { describe, expect, test } from "vitest";
import { bearer, jwt, may, withIssuer } from "../identity/issuer.ts";
import { openGateway, type TestGateway } from "../support/gateway.ts";
import { openWire } from "../support/wire.ts";

const send = async (
  gateway: TestGateway,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: Record<string, unknown> }> => {
  const init = body === undefined ? {} : { body: JSON.stringify(body) };
  const answer = await gateway.request(path, { method, headers, ...init });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
};

const keyOf = (body: Record<string, unknown>): { id: string; token: string } => ({
  id: (body.key as { id: string }).id,
  token: String(body.token),
});

describe("§18.7 keys over HTTP", () => {
  test("one is made, works, is listed without its secret, and is cut when it is revoked", async () => {
    const gateway = await openGateway();
    const made = await send(gateway, "POST", "/v1/keys", {
      name: "board",
      capabilities: [{ channels: "agent:*", verbs: ["subscribe", "history"] }],
    });
    expect(made).toMatchObject({ status: 201, body: { key: { name: "board", kind: "service" } } });
    const { id, token } = keyOf(made.body);
    const wire = await openWire(gateway, { headers: bearer(token) });
    expect((await send(gateway, "GET", "/v1/channels", undefined, bearer(token))).status).toBe(200);
    const listed = await send(gateway, "GET", "/v1/keys");
    expect(listed.body).toMatchObject({ keys: [{ id, name: "board" }], roles: expect.arrayContaining(["viewer"]) });
    expect(JSON.stringify(listed.body)).not.toMatch(new RegExp(`hash|${token.slice(-20)}`));
    expect(await send(gateway, "DELETE", `/v1/keys/${id}`)).toMatchObject({ status: 200, body: { id } });
    expect(await wire.closed).toEqual({ code: 3507, reason: "revoked" });
    expect((await send(gateway, "GET", "/v1/info", undefined, bearer(token))).status).toBe(401);
    expect((await send(gateway, "DELETE", "/v1/keys/nosuchkey000")).status).toBe(404);
    const { entries } = (await send(gateway, "GET", "/v1/audit?since=earliest&wait=20&what=key_revoked")).body;
    expect(entries).toMatchObject([{ who: "user:admin", target: `key:${id}` }]);
  });

  test("never more rights than its maker has, never another tenant's, never in somebody's name", async () => {
    const gateway = await openGateway({
      ...withIssuer,
      roles: { auditor: [{ channels: "*", verbs: ["history"] }], lead: [{ channels: "*", verbs: ["approve"] }] },
      hide: [{ fields: ["salary"], unless: ["auditor"] }],
    });
    const admin = bearer(jwt({ tenant: "acme", role: "admin" }));
    const make = (body: unknown, headers = admin) => send(gateway, "POST", "/v1/keys", body, headers);
    const watch = [may("agent:*", "subscribe")];
    const some = bearer(jwt({ tenant: "acme", can: [may("agent:*", "admin")] }));
    expect((await make({ name: "x", capabilities: watch }, some)).status).toBe(403);
    expect((await make({ name: "x", role: "auditor" })).status).toBe(403);
    expect((await make({ name: "x", role: "nobody-defined" })).status).toBe(403);
    for (const more of [{ tenant: "evil" }, { subject: "ada" }, { kind: "user" }]) {
      expect((await make({ name: "x", capabilities: watch, ...more })).status).toBe(400);
    }
    for (const wrong of [
      {},
      { name: "x" },
      { name: "", role: "viewer" },
      { name: "x", role: "viewer", expiresAtMs: 1 },
    ]) {
      expect((await make(wrong)).status).toBe(400);
    }
    expect((await make({ name: "x", capabilities: [{ channels: "agent:*", verbs: ["fly"] }] })).status).toBe(400);
    const { id, token } = keyOf((await make({ name: "x", role: ["admin", "lead"] })).body);
    // It is of its maker's tenant, whose other administrators alone see and revoke it.
    expect((await send(gateway, "GET", "/v1/keys")).body.keys).toEqual([]);
    expect((await send(gateway, "DELETE", `/v1/keys/${id}`)).status).toBe(404);
    const own = await send(gateway, "GET", "/v1/keys", undefined, bearer(token));
    expect(own.body.keys).toMatchObject([{ id, tenant: "acme" }]);
    const both = bearer(jwt({ tenant: "acme", role: "auditor", can: [may("*", "admin")] }));
    expect((await make({ name: "y", role: "auditor" }, both)).status).toBe(201);
  });

  test("a principal is refused, and let in again; nobody shuts themselves out", async () => {
    const gateway = await openGateway(withIssuer);
    const ada = jwt({ sub: "ada", role: "admin" });
    const wire = await openWire(gateway, { headers: bearer(ada) });
    const revoke = (headers = {}) => send(gateway, "POST", "/v1/revocations", { kind: "user", id: "ada" }, headers);
    expect((await revoke(bearer(ada))).status).toBe(403);
    expect((await revoke()).status).toBe(200);
    expect((await wire.closed).code).toBe(3507);
    expect((await send(gateway, "GET", "/v1/info", undefined, bearer(ada))).status).toBe(401);
    const listed = await send(gateway, "GET", "/v1/revocations");
    expect(listed.body).toMatchObject({ revocations: [{ kind: "user", id: "ada" }] });
    expect((await send(gateway, "DELETE", "/v1/revocations/user/ada")).status).toBe(200);
    expect((await send(gateway, "DELETE", "/v1/revocations/user/ada")).status).toBe(404);
    expect((await send(gateway, "GET", "/v1/info", undefined, bearer(ada))).status).toBe(200);
    expect((await send(gateway, "POST", "/v1/revocations", { kind: "robot", id: "x" })).status).toBe(400);
  });
});

interface Listed {
  id: string;
  client?: string;
  given: number;
}

const listed = async (gateway: TestGateway): Promise<Listed[]> =>
  (await send(gateway, "GET", "/v1/connections")).body.connections as Listed[];

describe("§18.6 connections", () => {
  test("what one is sent, how far, and who its client says it is", async () => {
    const gateway = await openGateway();
    await gateway.publish([1, 2, 3].map((n) => ({ type: "note", channel: "agent:a", data: { n } })));
    const wire = await openWire(gateway);
    wire.send({ type: "connect", data: { client: "a board" } });
    wire.send({ id: "a", type: "subscribe", data: { channel: "agent:*", since: "earliest" } });
    wire.send({ id: "b", type: "subscribe", data: { channel: "session:*", states: true } });
    await wire.inbox.publications(3);
    const [one] = await listed(gateway);
    expect(one).toMatchObject({ client: "a board", given: 3 });
    const { body } = await send(gateway, "GET", `/v1/connections/${one?.id}`);
    expect(body.interests).toEqual([
      { channel: "agent:*", kind: "pattern" },
      { channel: "session:*", kind: "states" },
      { channel: "agent:a", kind: "events", patterns: ["agent:*"], epoch: expect.any(String), offset: 3, head: 3 },
    ]);
    expect((await send(gateway, "GET", "/v1/connections/none")).status).toBe(404);
  });

  test("one is ended and may come back; with revoke its key is over; another tenant's is not there", async () => {
    const gateway = await openGateway(withIssuer);
    const { id, token } = keyOf((await send(gateway, "POST", "/v1/keys", { name: "k", role: "viewer" })).body);
    const [first, second] = [await openWire(gateway, { headers: bearer(token) }), await openWire(gateway)];
    const [one, own] = await listed(gateway);
    const evil = bearer(jwt({ tenant: "evil", role: "admin" }));
    expect((await send(gateway, "DELETE", `/v1/connections/${one?.id}`, undefined, evil)).status).toBe(404);
    expect((await send(gateway, "DELETE", `/v1/connections/${own?.id}?revoke=true`)).status).toBe(403);
    expect((await send(gateway, "DELETE", `/v1/connections/${one?.id}?reason=test`)).status).toBe(200);
    expect((await first.inbox.type("disconnect")).data).toEqual({ reason: "disconnected", reconnectAfterMs: 5_000 });
    expect(await first.closed).toEqual({ code: 3011, reason: "disconnected" });
    const again = await openWire(gateway, { headers: bearer(token) });
    const back = (await listed(gateway)).find((each) => each.id !== own?.id);
    const ended = await send(gateway, "DELETE", `/v1/connections/${back?.id}?revoke=true`);
    expect(ended.body).toMatchObject({ revoked: `key:${id}` });
    expect((await again.closed).code).toBe(3507);
    expect((await send(gateway, "GET", "/v1/info", undefined, bearer(token))).status).toBe(401);
    expect(second.socket.readyState).toBe(1);
    const query = "since=earliest&wait=20&what=connection_closed&result=ok";
    const { entries } = (await send(gateway, "GET", `/v1/audit?${query}`)).body;
    expect(entries).toMatchObject(
      [{ target: `service:key:${id}`, details: { reason: "test" } }, {}].slice(0, (entries as []).length),
    );
  });
});

test("§18.8 what is allowed, where that is not the default, and what is used", async () => {
  const gateway = await openGateway({ ...withIssuer, limits: { ...withIssuer.limits, subscriptions: 9 } });
  await openWire(gateway);
  const { body } = await send(gateway, "GET", "/v1/limits");
  expect(body).toMatchObject({
    limits: { subscriptions: 9 },
    defaults: { subscriptions: 512 },
    rates: { principal: { perSecond: 200_000 } },
    namespaces: { agent: { durability: "fsync" }, audit: { durability: "fsync" } },
    used: { connectionsPerPrincipal: 1 },
  });
  const ada = bearer(jwt({ sub: "ada", role: "viewer" }));
  expect((await send(gateway, "GET", "/v1/limits", undefined, ada)).status).toBe(403);
});
