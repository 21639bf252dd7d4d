/** §13.4, §13.6 and §13.7 over HTTP, with the rights of tokens as issuers make them. */
import type { Message } from "@signalbox/protocol";
import { expect, test } from "vitest";
import { bearer, jwt, may, type Says, withIssuer } from "../identity/issuer.ts";
import { openGateway, type TestGateway, tempDir } from "../support/gateway.ts";
import { openWire } from "../support/wire.ts";

type Body = Record<string, unknown> & { error?: { name: string; details: Record<string, unknown> } };

async function call(gateway: TestGateway, says: Says | undefined, method: string, path: string, body?: unknown) {
  const response = await gateway.request(`/v1/${path}`, {
    method,
    ...(says === undefined ? {} : { headers: bearer(jwt(says)) }),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Body };
}

const driver = "channels/agent:a/driver";
const ada: Says = { sub: "ada", role: "operator" };
const bob: Says = { sub: "bob", role: "operator" };

test("§13.6 driving is taken, refused, taken over, given and released", async () => {
  const gateway = await openGateway(withIssuer);
  expect(await call(gateway, ada, "GET", driver)).toEqual({ status: 200, body: { channel: "agent:a", driver: null } });
  expect(await call(gateway, ada, "PUT", driver, {})).toMatchObject({
    status: 200,
    body: { channel: "agent:a", driver: "user:ada", how: "took", by: "user:ada", since: expect.any(Number) },
  });
  expect(await call(gateway, bob, "PUT", driver, {})).toMatchObject({
    status: 409,
    body: { error: { name: "not_driving", number: 130, details: { driver: "user:ada" } } },
  });
  const input = { target: "agent:a", name: "input", args: { text: "x" } };
  expect(await call(gateway, bob, "POST", "commands", input)).toMatchObject({
    status: 409,
    body: { error: { name: "not_driving", details: { driver: "user:ada" } } },
  });
  expect((await call(gateway, ada, "POST", "commands", input)).status).toBe(202);
  expect((await call(gateway, bob, "PUT", driver, { take: true })).body).toMatchObject({ driver: "user:bob" });
  expect((await call(gateway, ada, "POST", "commands", input)).status).toBe(409);
  expect((await call(gateway, bob, "PUT", driver, { driver: "user:ada" })).body).toMatchObject({ how: "gave" });
  expect((await call(gateway, bob, "DELETE", driver)).status).toBe(409);
  expect((await call(gateway, ada, "DELETE", driver)).body).toMatchObject({ driver: null, how: "released" });
  expect((await call(gateway, ada, "DELETE", `${driver}?take=true`)).body.error?.name).toBe("wrong_state");
  const { body } = await call(gateway, ada, "GET", "channels/agent:a/events?types=driver_changed");
  expect((body.events as Message<string, { how: string }>[]).map(({ data }) => data.how)).toEqual([
    "took",
    "took",
    "gave",
    "released",
  ]);
});

test("who may not command does not drive, who may see nothing is told nothing, and what is wrong is said", async () => {
  const gateway = await openGateway(withIssuer);
  const viewer: Says = { sub: "v", role: "viewer" };
  expect((await call(gateway, viewer, "PUT", driver, {})).status).toBe(403);
  expect((await call(gateway, viewer, "GET", driver)).status).toBe(200);
  const stranger: Says = { sub: "s", can: [may("agent:b", "subscribe", "command")] };
  expect((await call(gateway, stranger, "GET", driver)).status).toBe(403);
  expect((await call(gateway, stranger, "PUT", driver, {})).status).toBe(403);
  const pausing: Says = { sub: "p", can: [{ channels: "agent:a", verbs: ["command"], commands: ["pause"] }] };
  expect((await call(gateway, pausing, "PUT", driver, {})).body.error?.details).toMatchObject({ name: "input" });
  expect((await call(gateway, ada, "PUT", driver, { driver: "ada" })).status).toBe(400);
  expect((await call(gateway, ada, "PUT", "channels/nowhere:x/driver", {})).status).toBe(400);
  expect((await call(gateway, ada, "GET", "channels/nowhere:x/driver")).status).toBe(400);
});

test("§13.7 who drives and is never there has left, also after a restart and where nobody of the tenant is", async () => {
  const dataDir = tempDir();
  const limits = { driverGoneMs: 1_000 };
  const blue: Says = { sub: "ada", tenant: "blue", role: "admin" };
  const first = await openGateway({ ...withIssuer, dataDir, store: "sqlite" });
  await call(first, blue, "PUT", driver, {});
  expect((await call(first, { ...blue, tenant: "red" }, "GET", driver)).body).toEqual({
    channel: "agent:a",
    driver: null,
  });
  await first.close();
  const second = await openGateway({ ...withIssuer, dataDir, store: "sqlite", limits });
  const kept = async () =>
    /signalbox_events_kept_total (\d+)/.exec(await (await second.request("/metrics")).text())?.[1];
  while ((await kept()) !== "1") await new Promise((resolve) => setTimeout(resolve, 50));
  expect((await call(second, blue, "GET", driver)).body).toMatchObject({
    driver: null,
    how: "left",
    previous: "user:ada",
  });
});

test("§13.4 who is there is told to those with the verb presence, of the same tenant", async () => {
  const gateway = await openGateway(withIssuer);
  const presence = "channels/session:s1/presence";
  for (const tenant of ["blue", "red"]) {
    const says: Says = { sub: `ada-${tenant}`, tenant, role: "viewer" };
    const wire = await openWire(gateway, { headers: bearer(jwt(says)) });
    wire.send({ id: "p", type: "presence", data: { channel: "session:s1", memberId: "m", name: tenant } });
    // The same name in another tenant is another channel, and the same id another member.
    expect((await wire.inbox.type("presence")).data).toMatchObject({ memberId: "m", total: 1 });
  }
  expect((await call(gateway, { tenant: "blue", role: "viewer" }, "GET", presence)).body).toMatchObject({
    channel: "session:s1",
    members: [{ memberId: "m", name: "blue", principal: { kind: "user", id: "ada-blue" } }],
    total: 1,
  });
  const blind: Says = { tenant: "blue", can: [may("session:*", "subscribe", "history", "publish")] };
  expect((await call(gateway, blind, "GET", presence)).body.error).toMatchObject({
    name: "forbidden",
    details: { channel: "session:s1", verb: "presence" },
  });
  expect((await call(gateway, undefined, "GET", presence)).body).toMatchObject({ members: [], total: 0 });
  expect((await call(gateway, undefined, "GET", "channels/nowhere:x/presence")).status).toBe(400);
});
