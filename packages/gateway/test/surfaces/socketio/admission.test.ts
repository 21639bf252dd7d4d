/** S§4.2, S§4.3, S§4.8: who may connect with Socket.IO, by which way, and for how long. */
import { createHmac } from "node:crypto";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Revocations } from "../../../src/auth/revocations.ts";
import { bearer, inSeconds, jwt, may, withIssuer } from "../../identity/issuer.ts";
import { openGateway, type TestGateway, tempDir, token } from "../../support/gateway.ts";
import { ask, bringing, type Client, heard, type Kind, newKinds, oldKinds, once } from "./clients.ts";

const kinds = [...newKinds, ...oldKinds];
const webSocketsAndPolling = kinds.filter(({ transports }) => transports.length === 1);
const [webSocket] = newKinds as [Kind];
const watch = [may("process:*", "subscribe", "history"), may("global", "subscribe")];

/** How it went: undefined when it is connected, else what it was told. */
function outcome(client: Client): Promise<unknown> {
  return new Promise((resolve) => {
    client.once("connect", () => resolve(undefined));
    client.once("connect_error", (error: unknown) => resolve(error));
    client.once("error", (error: unknown) => resolve(error));
  });
}

const ticketOf = async (gateway: TestGateway): Promise<string> => {
  const issued = await gateway.request("/v1/tickets", { method: "POST" });
  return ((await issued.json()) as { ticket: string }).ticket;
};

/** What is said of a refusal: an Error's data by a new client, itself by an old one. */
const said = (refusal: unknown): unknown => (refusal instanceof Error ? Reflect.get(refusal, "data") : refusal);

describe.each(kinds)("$name", (kind) => {
  test("X11 a wrong token is refused with a message that says so, and nothing is left of it", async () => {
    const gateway = await openGateway({ limits: { authMs: 300, heartbeatMs: 500 } });
    const refusal = await outcome(kind.open(gateway.url, { reconnection: false, ...bringing(kind, "wrong") }));
    expect(said(refusal)).toMatchObject({ name: "unauthenticated", message: "this token is not known here" });
    if (refusal instanceof Error) expect(refusal.message).toBe("this token is not known here");
    const none = await outcome(kind.open(gateway.url, { reconnection: false }));
    expect(said(none)).toMatchObject({ name: "unauthenticated" });
    expect(await (await gateway.request("/v1/connections")).json()).toMatchObject({ connections: [] });
  });

  test("A8 who is revoked is told so, disconnected, and does not come back", async () => {
    const dataDir = tempDir();
    const revocations = new Revocations({ path: join(dataDir, "revocations.json") });
    const gateway = await openGateway({ ...withIssuer, dataDir });
    const client = kind.open(gateway.url, bringing(kind, jwt({ can: watch })));
    const unharmed = kind.open(gateway.url, bringing(kind, jwt({ sub: "bob", can: watch })));
    const all = heard(client);
    await Promise.all([once(client, "connect"), once(unharmed, "connect")]);
    await ask(client, "subscribe-process", "p1");
    await ask(unharmed, "subscribe-process", "p1");
    const gone = once<string>(client, "disconnect");
    await revocations.revoke({ what: "subject", kind: "user", id: "ada" });
    expect(await gone).toBe("io server disconnect");
    expect(all.at(-1)).toEqual(["error", expect.objectContaining({ name: "revoked", number: 3507, temporary: false })]);
    const output = once(unharmed, "process-output");
    await gateway.publish([{ type: "process_output", data: { processId: "p1", output: "x" } }]);
    await output;
    expect(all.filter(([name]) => name === "process-output")).toEqual([]);
    expect(client.connected).toBe(false);
    const again = kind.open(gateway.url, { reconnection: false, ...bringing(kind, jwt({ can: watch })) });
    expect(said(await outcome(again))).toMatchObject({ name: "unauthenticated", message: "this token was revoked" });
  });

  test("A1 a foreign origin is refused, an allowed one is let in", async () => {
    const gateway = await openGateway({ allowedOrigins: ["https://ops.example.org"] });
    const from = (origin: string): Record<string, unknown> => {
      const extraHeaders = { Origin: origin, Authorization: `Bearer ${token}` };
      return { reconnection: false, extraHeaders, transportOptions: { polling: { extraHeaders } } };
    };
    for (const origin of ["https://evil.example", "null", "https://ops.example.org.evil.example"]) {
      expect(await outcome(kind.open(gateway.url, from(origin)))).toBeInstanceOf(Error);
    }
    expect(await outcome(kind.open(gateway.url, from("https://ops.example.org")))).toBeUndefined();
  });

  test("S§4.8 when the gateway stops it says when to come back, and the client does", async () => {
    const gateway = await openGateway();
    const client = kind.open(gateway.url, { reconnection: false, ...bringing(kind, token) });
    const all = heard(client);
    await once(client, "connect");
    if (kind.transports.length > 1) await expect.poll(() => client.io.engine.transport.name).toBe("websocket");
    await ask(client, "unsubscribe-process", "p1");
    const [reason] = await Promise.all([once<string>(client, "disconnect"), gateway.close()]);
    // Not "io server disconnect", after which clients stay away.
    expect(["transport close", "transport error"]).toContain(reason);
    const told = all.filter(([name]) => name !== "error");
    // Who polls hears it if it waited just then; an old client also calls what its transport met an error.
    if (kind.transports[0] === "polling" && kind.transports.length === 1 && told.length === 0) return;
    expect(told).toEqual([["going-away", { reconnectAfterMs: expect.any(Number) }]]);
  });

  test("D1 a client that leaves leaves nothing behind", async () => {
    const gateway = await openGateway();
    await gateway.publish([{ type: "process_output", data: { processId: "p1", output: "x" } }]);
    const client = kind.open(gateway.url, bringing(kind, token));
    await once(client, "connect");
    await ask(client, "subscribe-process", "p1");
    const subscribers = async (): Promise<number> =>
      ((await (await gateway.request("/v1/channels/process:p1")).json()) as { subscribers: number }).subscribers;
    expect(await subscribers()).toBe(1);
    expect(await ask(client, "unsubscribe-process", "p1")).toEqual({ ok: true, processId: "p1" });
    expect(await subscribers()).toBe(0);
    await ask(client, "subscribe-process", "p1");
    expect(await (await gateway.request("/v1/connections")).json()).toMatchObject({
      connections: [{ transport: "socketio" }],
    });
    client.disconnect();
    await expect.poll(subscribers).toBe(0);
    await expect.poll(async () => (await gateway.request("/v1/connections")).json()).toMatchObject({ connections: [] });
    expect(gateway.lines.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  });
});

describe("X11 the ways in", () => {
  test("a ticket in auth, once", async () => {
    const gateway = await openGateway();
    const ticket = await ticketOf(gateway);
    const with_ = (): Client => webSocket.open(gateway.url, { reconnection: false, auth: { ticket } });
    expect(await outcome(with_())).toBeUndefined();
    expect(said(await outcome(with_()))).toMatchObject({ name: "unauthenticated" });
  });

  test.each(webSocketsAndPolling)("a ticket in the address, a token never: $name", async (kind) => {
    const gateway = await openGateway();
    const ticket = await ticketOf(gateway);
    expect(await outcome(kind.open(gateway.url, { reconnection: false, query: { ticket } }))).toBeUndefined();
    const refusal = await outcome(kind.open(gateway.url, { reconnection: false, query: { token } }));
    expect(refusal).toBeInstanceOf(Error);
    expect(gateway.lines.join("")).toContain("must not be in the query");
    expect(gateway.lines.join("")).not.toContain(token);
  });

  test.each(webSocketsAndPolling)("a session cookie, of a page that may: $name", async (kind) => {
    const secret = "a secret of thirty-two bytes or more";
    const flags = { allowedOrigins: ["https://ops.example.org"], sessionCookie: { cookie: "sid", secrets: [secret] } };
    const gateway = await openGateway(flags);
    const value = Buffer.from(JSON.stringify({ sub: "ada", exp: inSeconds(60), role: "viewer" })).toString("base64url");
    const cookie = `sid=${value}.${createHmac("sha256", secret).update(value).digest("base64url")}`;
    const from = (headers: Record<string, string>): Client =>
      kind.open(gateway.url, {
        reconnection: false,
        auth: { userId: "somebody" },
        extraHeaders: headers,
        transportOptions: { polling: { extraHeaders: headers } },
      });
    expect(await outcome(from({ Cookie: cookie, Origin: "https://ops.example.org" }))).toBeUndefined();
    expect(await (await gateway.request("/v1/connections")).json()).toMatchObject({
      connections: [{ principal: { kind: "user", id: "ada" } }],
    });
    // A page of another site has the cookie sent along, but is not named, or named as foreign.
    expect(await outcome(from({ Cookie: cookie }))).toBeDefined();
    expect(await outcome(from({ Cookie: cookie, Origin: "https://evil.example" }))).toBeDefined();
  });

  test("two that differ are refused, and auth.userId is nobody", async () => {
    const gateway = await openGateway();
    const extraHeaders = { Authorization: `Bearer ${token}` };
    const both = webSocket.open(gateway.url, { reconnection: false, extraHeaders, auth: { token: "other" } });
    expect(said(await outcome(both))).toMatchObject({ name: "invalid_message" });
    const user = webSocket.open(gateway.url, { reconnection: false, auth: { userId: "admin" } });
    expect(said(await outcome(user))).toMatchObject({ name: "unauthenticated" });
  });

  test("D1 CORS names the origins of the configuration, and lets them bring their session", async () => {
    const gateway = await openGateway({ allowedOrigins: ["https://ops.example.org"] });
    const cors = async (origin: string, method = "GET"): Promise<[number, string | null, string | null]> => {
      const { status, headers } = await gateway.request("/socket.io/?EIO=4&transport=polling", {
        method,
        headers: { origin, authorization: "" },
      });
      return [status, headers.get("access-control-allow-origin"), headers.get("access-control-allow-credentials")];
    };
    expect(await cors("https://ops.example.org")).toEqual([200, "https://ops.example.org", "true"]);
    expect(await cors("https://ops.example.org", "OPTIONS")).toEqual([204, "https://ops.example.org", null]);
    expect(await cors("https://evil.example")).toEqual([403, null, null]);
    expect(await cors(gateway.url)).toEqual([200, null, null]);
  });
});

describe("rights", () => {
  test("A10 a room that a token does not allow is refused, as one that does not exist", async () => {
    const gateway = await openGateway(withIssuer);
    const can = [may("process:mine", "subscribe", "history")];
    const client = webSocket.open(gateway.url, { auth: { token: jwt({ can }), since: {} } });
    const all = heard(client);
    await once(client, "connect");
    const answers = [
      await ask(client, "subscribe-process", "theirs"),
      await ask(client, "subscribe-process", "none", { since: "earliest" }),
    ];
    for (const answer of answers) expect(answer).toMatchObject({ ok: false, error: { name: "forbidden" } });
    expect(await ask(client, "subscribe-process", "mine")).toMatchObject({ ok: true });
    client.emit("subscribe-process", "theirs");
    await expect
      .poll(() => all.at(-1))
      .toEqual(["error", expect.objectContaining({ name: "forbidden", processId: "theirs" }), {}]);
    await gateway.publish([
      { type: "process_output", data: { processId: "theirs", output: "x" } },
      { type: "task_assigned", data: { taskId: "t", agentId: "coder" } },
      { type: "system_alert", data: { message: "m" } },
      { type: "process_output", data: { processId: "mine", output: "y" } },
    ]);
    await expect.poll(() => all.filter(([name]) => name === "process-output")).toHaveLength(1);
    expect(all.filter(([name]) => name === "task-assigned" || name === "system-alert")).toEqual([]);
  });

  test("A41 a tenant sees its own", async () => {
    const gateway = await openGateway(withIssuer);
    const one = webSocket.open(gateway.url, { auth: { token: jwt({ tenant: "one", role: "admin" }) } });
    const two = webSocket.open(gateway.url, { auth: { token: jwt({ tenant: "two", role: "admin" }) } });
    const [ofOne, ofTwo] = [heard(one), heard(two)];
    await Promise.all([once(one, "connect"), once(two, "connect")]);
    await Promise.all([ask(one, "subscribe-process", "p"), ask(two, "subscribe-process", "p")]);
    await gateway.request("/v1/events", {
      method: "POST",
      headers: bearer(jwt({ tenant: "two", role: "admin" })),
      body: JSON.stringify([
        { type: "system_alert", data: { message: "m" } },
        { type: "process_output", data: { processId: "p", output: "x" } },
      ]),
    });
    await expect.poll(() => ofTwo.map(([name]) => name).sort()).toEqual(["process-output", "system-alert"]);
    await ask(one, "subscribe-process", "p");
    expect(ofOne).toEqual([]);
  });

  test("without the right to history a room begins now, whatever since says, and nothing is resumed", async () => {
    const gateway = await openGateway(withIssuer);
    await gateway.publish([{ type: "process_output", data: { processId: "p", output: "before" } }]);
    const can = [may("process:*", "subscribe"), may("global", "subscribe")];
    const since = { "process:p": "e:0", global: "e:0" };
    const client = webSocket.open(gateway.url, { auth: { token: jwt({ can }), since } });
    const all = heard(client);
    await once(client, "connect");
    expect(await ask(client, "subscribe-process", "p")).toMatchObject({ ok: true });
    expect(await ask(client, "subscribe-process", "q", { since: "earliest" })).toMatchObject({ ok: false });
    await gateway.publish([{ type: "process_output", data: { processId: "p", output: "after" } }]);
    await expect
      .poll(() => all.filter(([name]) => name === "process-output"))
      .toEqual([["process-output", expect.objectContaining({ output: "after" }), expect.anything()]]);
  });

  test("A36 what is hidden from a role is hidden here", async () => {
    const hide = [{ fields: ["output"], unless: ["admin"] }];
    const gateway = await openGateway({ ...withIssuer, hide });
    const client = webSocket.open(gateway.url, { auth: { token: jwt({ role: "viewer" }) } });
    await once(client, "connect");
    await ask(client, "subscribe-process", "p");
    const output = once(client, "process-output");
    await gateway.publish([{ type: "process_output", data: { processId: "p", output: "secret" } }]);
    expect(await output).toMatchObject({ processId: "p", output: "[hidden]" });
  });

  test("a principal has so many connections and no more", async () => {
    const gateway = await openGateway({ limits: { connectionsPerPrincipal: 1 } });
    const first = webSocket.open(gateway.url, { auth: { token } });
    await once(first, "connect");
    const second = webSocket.open(gateway.url, { auth: { token }, reconnection: false });
    expect(said(await outcome(second))).toMatchObject({ name: "too_many_connections" });
  });
});

describe("A7 a token that ends", () => {
  test.each(webSocketsAndPolling)("is announced; without a new one it is the end: $name", async (kind) => {
    const gateway = await openGateway(withIssuer);
    const exp = inSeconds(2);
    const client = kind.open(gateway.url, { reconnection: false, ...bringing(kind, jwt({ can: watch, exp })) });
    const all = heard(client);
    await once(client, "connect");
    expect(await once(client, "disconnect")).toBe("io server disconnect");
    expect(all).toEqual([
      ["auth-expiring", { expiresAt: exp * 1_000, closesAt: exp * 1_000 + 200 }],
      ["error", expect.objectContaining({ name: "token_expired", number: 3506 })],
    ]);
  });

  test("a new one in place is taken, with its rights; a wrong one is the end", async () => {
    const gateway = await openGateway(withIssuer);
    const client = webSocket.open(gateway.url, { auth: { token: jwt({ can: watch, exp: inSeconds(5) }) } });
    const all = heard(client);
    await once(client, "auth-expiring");
    await ask(client, "subscribe-process", "p");
    await ask(client, "subscribe-process", "q");
    const exp = inSeconds(3_600);
    const next = jwt({ can: [may("process:q", "subscribe")], exp });
    expect(await ask(client, "auth-request", next)).toEqual({ ok: true, expiresAt: exp * 1_000 });
    await expect.poll(() => all.at(-1)).toEqual(["unsubscribed", { processId: "p", reason: "forbidden" }]);
    expect(await ask(client, "auth-request", 7)).toMatchObject({ ok: false, error: { name: "invalid_message" } });
    const gone = once<string>(client, "disconnect");
    expect(await ask(client, "auth-request", "wrong")).toMatchObject({ ok: false, error: { name: "unauthenticated" } });
    expect(await gone).toBe("io server disconnect");
  });
});
