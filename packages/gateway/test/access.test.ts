import { createHmac } from "node:crypto";
import { join } from "node:path";
import type { PublishResult } from "@signalbox/protocol";
import { describe, expect, test } from "vitest";
import { ApiKeys, openKeyFile } from "../src/auth/api-keys/index.ts";
import type { NewKey } from "../src/auth/key-desk.ts";
import { numbered, openGateway, type TestGateway, tempDir, token } from "./support/gateway.ts";
import { errorOf, rawRequest } from "./support/raw.ts";
import { openWire } from "./support/wire.ts";

/** A gateway, and keys made beside it as the command line makes them. */
async function withKeys(flags: Parameters<typeof openGateway>[0] = {}) {
  const dataDir = tempDir();
  const keys = new ApiKeys({ store: openKeyFile(join(dataDir, "keys.json")) });
  const gateway = await openGateway({ ...flags, dataDir });
  const key = async (scope: Omit<NewKey, "name">): Promise<string> =>
    (await keys.create({ name: "k", ...scope })).token;
  return { gateway, keys, key };
}

const as = (bearer: string): { headers: Record<string, string> } => ({
  headers: { authorization: `Bearer ${bearer}` },
});

const publishAs = async (gateway: TestGateway, bearer: string, events: unknown): Promise<PublishResult[]> => {
  const answer = await gateway.request("/v1/events", { method: "POST", body: JSON.stringify(events), ...as(bearer) });
  return ((await answer.json()) as { results: PublishResult[] }).results;
};

describe("A10 rights over HTTP", () => {
  test("lists, pages, states, logs, streams and searches hold what is granted and nothing else", async () => {
    const { gateway, key } = await withKeys({ store: "sqlite" });
    const blue = await key({
      capabilities: [
        { channels: "agent:blue", verbs: ["history", "subscribe"] },
        { channels: "process:blue/*", verbs: ["history", "subscribe"] },
      ],
    });
    const line = (id: string) => ({
      type: "process_output",
      data: { processId: id, stream: "stdout", output: `word of ${id}`, line: 1, timestamp: 1 },
    });
    await gateway.publish([
      ...["agent:blue", "agent:red"].map((channel) => ({ type: "note", channel, data: { text: "word" } })),
      line("blue/p"),
      line("red/p"),
    ]);

    const get = async (path: string): Promise<{ status: number; body: Record<string, unknown> }> => {
      const answer = await gateway.request(path, as(blue));
      const text = await answer.text();
      return { status: answer.status, body: text.startsWith("{") ? JSON.parse(text) : { text } };
    };
    const names = (value: unknown): unknown[] => (value as Array<{ channel: string }>).map(({ channel }) => channel);
    expect(names((await get("/v1/channels")).body.channels)).toEqual(["agent:blue", "process:blue/p"]);
    expect((await get("/v1/channels?limit=1")).body.next).toBe("agent:blue");
    expect(names((await get("/v1/channels?after=agent:blue")).body.channels)).toEqual(["process:blue/p"]);
    expect(await get("/v1/channels?pattern=session:*")).toMatchObject({ status: 403 });
    expect(names((await get("/v1/search?q=word")).body.hits).sort()).toEqual(["agent:blue", "process:blue/p"]);
    expect(await get("/v1/search?q=word&channel=agent:red")).toMatchObject({ status: 403 });

    const absent = await get("/v1/channels/agent:redd");
    const denied = await get("/v1/channels/agent:red");
    expect(denied.status).toBe(404);
    expect(JSON.stringify(denied).replaceAll("agent:red", "X")).toBe(
      JSON.stringify(absent).replaceAll("agent:redd", "X"),
    );
    expect(await get("/v1/channels/agent:blue")).toMatchObject({ status: 200 });
    for (const red of [
      "/v1/channels/agent:red/events",
      "/v1/channels/agent:nobody/events",
      "/v1/processes/red%2Fp/logs",
      "/v1/processes/red%2Fp/logs?format=text",
      "/v1/events?channel=agent:red",
    ]) {
      expect({ red, ...(await get(red)) }).toMatchObject({ status: 403, body: { error: { name: "forbidden" } } });
    }
    expect((await get("/v1/processes/blue%2Fp/logs?format=text")).body.text).toBe("word of blue/p\n");
    expect(await publishAs(gateway, blue, [{ type: "note", channel: "agent:blue" }])).toMatchObject([
      { error: { name: "forbidden", details: { verb: "publish" } } },
    ]);
  });

  test("polls and waits are denied like the rest", async () => {
    const { gateway, key } = await withKeys();
    const reader = await key({ capabilities: [{ channels: "agent:*", verbs: ["history"] }] });
    await gateway.publish(numbered("agent:a", 1, 1));
    const messages = [{ type: "subscribe", data: { channel: "agent:a" } }];
    const polled = await gateway.request("/v1/poll", {
      method: "POST",
      body: JSON.stringify({ messages, waitMs: 0 }),
      ...as(reader),
    });
    expect(await polled.json()).toMatchObject({ messages: [{ type: "error", data: { name: "forbidden" } }] });
    const waited = await gateway.request("/v1/channels/agent:a/events?since=now&wait=1", as(reader));
    expect(waited.status).toBe(403);
  });
});

describe("A41 tenants", () => {
  test("the same names are different channels, live and kept", async () => {
    const { gateway, key } = await withKeys();
    const [acme, other] = [await key({ role: "admin", tenant: "acme" }), await key({ role: "admin", tenant: "other" })];
    const wire = await openWire(gateway, { headers: { authorization: `Bearer ${acme}` } });
    wire.send({ id: "s", type: "subscribe", data: { channel: "*" } });
    expect(await wire.inbox.next()).toMatchObject({ data: { state: "subscribed", channels: 0 } });
    await publishAs(gateway, other, numbered("agent:a", 1, 3));
    await gateway.publish(numbered("agent:a", 1, 2));
    await publishAs(gateway, acme, numbered("agent:a", 7, 7));
    expect(await wire.inbox.next()).toMatchObject({ data: { channel: "agent:a", state: "subscribed", head: 0 } });
    expect(await wire.inbox.next()).toMatchObject({ channel: "agent:a", offset: 1, data: { n: 7 } });
    for (const [bearer, top] of [
      [acme, 1],
      [other, 3],
      [token, 2],
    ] as const) {
      const page = await (await gateway.request("/v1/channels/agent:a/events", as(bearer))).json();
      expect(page).toMatchObject({ channel: "agent:a", top });
    }
  });

  test("a first message brings a connection to its tenant", async () => {
    const { gateway, key } = await withKeys();
    const acme = await key({ role: "admin", tenant: "acme" });
    const wire = await openWire(gateway, { headers: {} });
    wire.send({ type: "auth_request", data: { token: acme } });
    expect(await wire.inbox.next()).toMatchObject({ type: "auth_success" });
    wire.send({ type: "subscribe", data: { channel: "agent:a", since: "earliest" } });
    expect(await wire.inbox.next()).toMatchObject({ data: { offset: 0 } });
    await gateway.publish(numbered("agent:a", 1, 1));
    await publishAs(gateway, acme, numbered("agent:a", 2, 2));
    expect(await wire.inbox.next()).toMatchObject({ offset: 1, data: { n: 2 } });
  });
});

describe("A2 §8.2 tickets", () => {
  const ticketOf = async (gateway: TestGateway, headers: Record<string, string> = {}): Promise<string> => {
    const answer = await rawRequest(gateway, "/v1/tickets", { method: "POST", headers });
    expect(answer.status).toBe(200);
    const { ticket, expiresAt } = JSON.parse(answer.body) as { ticket: string; expiresAt: number };
    expect(expiresAt - Date.now()).toBeLessThanOrEqual(30_000);
    return ticket;
  };
  const use = (gateway: TestGateway, ticket: string, headers: Record<string, string> = {}) =>
    rawRequest(gateway, `/v1/channels/agent:a/events?ticket=${ticket}`, { anonymous: true, headers });

  test("opens one request, once", async () => {
    const gateway = await openGateway();
    const ticket = await ticketOf(gateway);
    expect((await use(gateway, ticket)).status).toBe(200);
    expect((await use(gateway, ticket)).status).toBe(401);
    expect((await use(gateway, "sbt_unknown")).status).toBe(401);
  });

  test("opens a WebSocket", async () => {
    const gateway = await openGateway();
    const ticket = await ticketOf(gateway);
    const { WebSocket } = await import("ws");
    const socket = new WebSocket(`${gateway.url.replace("http", "ws")}/v1/ws?ticket=${ticket}`, "signalbox.v1");
    const first = new Promise((resolve, reject) => {
      socket.on("message", (data) => resolve(JSON.parse(String(data))));
      socket.on("error", reject);
    });
    socket.on("open", () => socket.send(JSON.stringify({ type: "connect" })));
    expect(await first).toMatchObject({ type: "connect", data: { principal: { id: "admin" } } });
    socket.terminate();
  });

  test("is good for the page it was made for alone", async () => {
    const origin = "https://ops.example.org";
    const gateway = await openGateway({ allowedOrigins: [origin, "https://else.example.org"] });
    const from = (page: string): Record<string, string> => ({ origin: page });
    expect((await use(gateway, await ticketOf(gateway, from(origin)), from(origin))).status).toBe(200);
    expect((await use(gateway, await ticketOf(gateway, from(origin)))).status).toBe(401);
    expect((await use(gateway, await ticketOf(gateway, from(origin)), from("https://else.example.org"))).status).toBe(
      401,
    );
    // The gateway's own page: its POST has an Origin, its EventSource has none but says where it comes from.
    const own = await ticketOf(gateway, from(gateway.url));
    expect((await use(gateway, own, { "sec-fetch-site": "same-origin" })).status).toBe(200);
  });

  test("beside a token is one too many; tokens in the query are refused unless configured", async () => {
    const gateway = await openGateway();
    const both = await rawRequest(gateway, `/v1/info?ticket=${await ticketOf(gateway)}`);
    expect([both.status, errorOf(both.body).name]).toEqual([400, "invalid_message"]);
    const bare = { anonymous: true };
    expect((await rawRequest(gateway, `/v1/info?access_token=${token}`, bare)).status).toBe(400);
    const lenient = await openGateway({ queryToken: true });
    expect((await rawRequest(lenient, `/v1/info?access_token=${token}`, bare)).status).toBe(200);
    expect((await rawRequest(lenient, `/v1/info?token=${token}`, bare)).status).toBe(400);
    expect(lenient.lines.join("\n")).not.toContain(token);
  });
});

describe("X11 §8.1 session cookies", () => {
  const secret = "0123456789abcdef0123456789abcdef";
  const cookieOf = (value: object): string => {
    const text = Buffer.from(JSON.stringify(value)).toString("base64url");
    return `session=${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`;
  };
  const open = (): Promise<TestGateway> => openGateway({ sessionCookie: { cookie: "session", secrets: [secret] } });
  const ann = cookieOf({ sub: "ann", role: "viewer", exp: Math.floor(Date.now() / 1_000) + 600 });
  const info = (gateway: TestGateway, headers: Record<string, string>) =>
    rawRequest(gateway, "/v1/info", { anonymous: true, headers: { cookie: ann, ...headers } });

  test("count where the browser says that the page is the gateway's own", async () => {
    const gateway = await open();
    const answer = await info(gateway, { "sec-fetch-site": "same-origin" });
    expect(JSON.parse(answer.body)).toMatchObject({ principal: { kind: "user", id: "ann" } });
    expect((await info(gateway, { origin: gateway.url })).status).toBe(200);
    const wire = await openWire(gateway, { headers: { cookie: ann, origin: gateway.url } });
    wire.send({ type: "connect" });
    expect(await wire.inbox.next()).toMatchObject({ data: { principal: { id: "ann" } } });
  });

  test("A1 A32 do not count without an Origin, nor for a page of another site", async () => {
    const gateway = await open();
    expect((await info(gateway, {})).status).toBe(401);
    expect((await info(gateway, { "sec-fetch-site": "cross-site" })).status).toBe(401);
    expect((await info(gateway, { origin: "https://evil.example" })).status).toBe(403);
    const post = await rawRequest(gateway, "/v1/events", {
      method: "POST",
      anonymous: true,
      headers: { cookie: ann, "sec-fetch-site": "same-origin", "content-type": "application/json" },
      body: "[]",
    });
    expect(post.status).toBe(401);
    // Without a token a WebSocket may open, but it stays nobody's.
    const wire = await openWire(gateway, { headers: { cookie: ann } });
    wire.send({ type: "subscribe", data: { channel: "global" } });
    expect(await wire.inbox.next()).toMatchObject({ type: "error", data: { name: "unauthenticated" } });
  });
});

test("A22 §8.10 who opens too many connections is told so, on every transport", async () => {
  const { gateway, key } = await withKeys({ limits: { connectionsPerPrincipal: 1 } });
  const viewer = await key({ role: "viewer" });
  const { headers } = as(viewer);
  const wire = await openWire(gateway, { headers });
  await expect(openWire(gateway, { headers })).rejects.toThrow("429");
  const stream = await gateway.request("/v1/events?channel=global", { headers });
  expect(stream.status).toBe(429);
  expect(stream.headers.get("retry-after")).toBe("5");
  wire.socket.close();
  await wire.closed;
  const wire2 = await openWire(gateway, { headers });
  wire2.socket.close();
});

describe("X14 §8.11 hidden members", () => {
  const hide = [{ fields: ["prompt"], unless: ["admin"] }];
  const event = {
    type: "note",
    channel: "agent:a",
    data: { prompt: "the plan", n: 1 },
    metadata: { tags: { n: "1" } },
  };

  test("are hidden live, in history, in states and from filters; those who have them hidden cannot search", async () => {
    const { gateway, key } = await withKeys({ store: "sqlite", hide });
    const headers = { authorization: `Bearer ${await key({ role: "viewer" })}` };
    const wire = await openWire(gateway, { headers });
    wire.send({ type: "subscribe", data: { channel: "agent:a" } });
    expect(await wire.inbox.next()).toMatchObject({ type: "subscription_update" });
    const all = await openWire(gateway);
    all.send({ type: "subscribe", data: { channel: "agent:a" } });
    expect(await all.inbox.next()).toMatchObject({ type: "subscription_update" });
    await gateway.publish([event]);
    expect(await wire.inbox.next()).toMatchObject({ offset: 1, data: { prompt: "[hidden]", n: 1 } });
    expect(await all.inbox.next()).toMatchObject({ offset: 1, data: { prompt: "the plan", n: 1 } });
    for (const path of [
      "/v1/channels/agent:a/events",
      "/v1/channels/agent:a",
      "/v1/channels?snapshot=true",
      "/v1/channels/agent:a/events?wait=1",
    ]) {
      const text = await (await gateway.request(path, { headers })).text();
      expect(text).not.toContain("the plan");
    }
    expect(await (await gateway.request("/v1/channels/agent:a/events")).text()).toContain("the plan");
    expect((await gateway.request("/v1/search?q=plan", { headers })).status).toBe(403);
    expect((await gateway.request("/v1/search?q=plan")).status).toBe(200);
  });
});
