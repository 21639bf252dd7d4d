import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import WebSocket from "ws";
import { numbered, openGateway, type TestGateway, token } from "../support/gateway.ts";
import { rawBytes } from "../support/raw.ts";
import { openWire } from "../support/wire.ts";

const upgrade = (gateway: TestGateway, headers: Record<string, string>, path = "/v1/ws"): string =>
  [
    `GET ${path} HTTP/1.1`,
    ...Object.entries({
      Host: `127.0.0.1:${gateway.port}`,
      Connection: "Upgrade",
      Upgrade: "websocket",
      "Sec-WebSocket-Version": "13",
      "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
      ...headers,
    }).map(([name, value]) => `${name}: ${value}`),
    "",
    "",
  ].join("\r\n");

describe("§3.2 authentication", () => {
  test("a token in the Authorization header is taken at the upgrade", async () => {
    const wire = await openWire(await openGateway());
    wire.send({ id: "c1", type: "connect" });
    const answer = await wire.inbox.type("connect");
    expect(answer.metadata?.correlationId).toBe("c1");
    expect(answer.data).toMatchObject({ heartbeatMs: 25_000, principal: { kind: "user", id: "admin" } });
    expect(wire.socket.protocol).toBe("signalbox.v1");
  });

  test("a token in a second subprotocol is taken, plain or encoded", async () => {
    const gateway = await openGateway({ adminToken: "a token with = / signs".replaceAll(" ", "_") });
    const encoded = Buffer.from(gateway.token).toString("base64url");
    const wire = await openWire(gateway, { protocols: ["signalbox.v1", `signalbox.token64.${encoded}`], headers: {} });
    wire.send({ id: "c1", type: "connect" });
    expect((await wire.inbox.type("connect")).data).toMatchObject({ principal: { id: "admin" } });

    const plain = await openGateway();
    const other = await openWire(plain, { protocols: ["signalbox.v1", `signalbox.token.${token}`], headers: {} });
    other.send({ id: "c1", type: "connect" });
    expect((await other.inbox.type("connect")).data).toMatchObject({ principal: { id: "admin" } });
  });

  test("a token in the first message is answered by auth_success", async () => {
    const wire = await openWire(await openGateway(), { headers: {} });
    wire.send({ id: "s", type: "subscribe", data: { channel: "agent:a" } });
    expect((await wire.inbox.next()).data).toMatchObject({ name: "unauthenticated" });
    wire.send({ id: "a", type: "auth_request", data: { token } });
    const answer = await wire.inbox.next();
    expect(answer).toMatchObject({ type: "auth_success", data: { principal: { kind: "user", id: "admin" } } });
  });

  test("a wrong first token is answered by auth_failure and close unauthorized", async () => {
    const wire = await openWire(await openGateway(), { headers: {} });
    wire.send({ id: "a", type: "auth_request", data: { token: "wrong" } });
    expect(await wire.inbox.next()).toMatchObject({ type: "auth_failure", data: { name: "unauthenticated" } });
    expect(await wire.closed).toEqual({ code: 3501, reason: "unauthorized" });
  });

  test.each([
    ["a wrong token", { Authorization: "Bearer wrong" }],
    ["a scheme that is not Bearer", { Authorization: "Basic dXNlcjpwYXNz" }],
    ["a wrong token in a subprotocol", { "Sec-WebSocket-Protocol": "signalbox.v1, signalbox.token.wrong" }],
  ])("%s gets 401 and no upgrade", async (_what, headers) => {
    const gateway = await openGateway();
    const answer = await rawBytes(gateway, upgrade(gateway, headers));
    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
    expect(answer).toContain('"name":"unauthenticated"');
  });

  test("without a token the connection ends with auth_timeout", async () => {
    const gateway = await openGateway({ limits: { authMs: 1, heartbeatMs: 500 } });
    const wire = await openWire(gateway, { headers: {} });
    expect(await wire.closed).toEqual({ code: 3503, reason: "auth_timeout" });
  });
});

describe("the upgrade", () => {
  test("§3.1 another subprotocol is refused, none at all means version 1", async () => {
    const gateway = await openGateway();
    const refused = await rawBytes(gateway, upgrade(gateway, { "Sec-WebSocket-Protocol": "graphql-ws" }));
    expect(refused).toMatch(/^HTTP\/1\.1 400 /);
    const wire = await openWire(gateway, { protocols: [] });
    wire.send({ id: "p", type: "ping" });
    expect(await wire.inbox.next()).toMatchObject({ type: "pong", metadata: { correlationId: "p" } });
  });

  test.each([
    ["an unknown path", "/v1/elsewhere", {}, 404],
    ["a foreign Host", "/v1/ws", { Host: "evil.test" }, 403],
    ["a foreign Origin", "/v1/ws", { Origin: "https://evil.test" }, 403],
    ["a token in the query", "/v1/ws?token=abc", {}, 400],
    ["a key that is none", "/v1/ws", { "Sec-WebSocket-Key": "short" }, 400],
    ["endless subprotocols", "/v1/ws", { "Sec-WebSocket-Protocol": "x".repeat(9_000) }, 400],
  ])("%s is refused with its status", async (_what, path, headers, status) => {
    const gateway = await openGateway();
    const answer = await rawBytes(gateway, upgrade(gateway, headers, path));
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(JSON.parse(answer.slice(answer.indexOf("\r\n\r\n")))).toHaveProperty("error.name");
  });

  test("A26 a broken frame in the same segment as the upgrade harms nobody", async () => {
    const gateway = await openGateway();
    const healthy = await openWire(gateway);
    const head = upgrade(gateway, { Authorization: `Bearer ${token}` });
    const answer = await rawBytes(gateway, Buffer.concat([Buffer.from(head), Buffer.from([0xff, 0xff, 0xff, 0xff])]));
    expect(answer).toMatch(/^HTTP\/1\.1 101 /);
    healthy.send({ id: "p", type: "ping" });
    expect((await healthy.inbox.next()).type).toBe("pong");
  });

  test("A26 a peer that resets in the middle of the upgrade harms nobody", async () => {
    const gateway = await openGateway();
    const healthy = await openWire(gateway);
    for (let i = 0; i < 20; i++) {
      const socket = connect(gateway.port, gateway.host);
      socket.on("error", () => {});
      await new Promise<void>((resolve) => socket.once("connect", resolve));
      socket.write(upgrade(gateway, { Authorization: `Bearer ${token}` }));
      socket.resetAndDestroy();
    }
    healthy.send({ id: "p", type: "ping" });
    expect((await healthy.inbox.next()).type).toBe("pong");
  });
});

describe("§3.4 life", () => {
  test("the gateway pings, and gives up a peer that is silent", async () => {
    const gateway = await openGateway({ limits: { heartbeatMs: 200 } });
    const wire = await openWire(gateway);
    await new Promise<void>((resolve) => wire.socket.once("ping", () => resolve()));
    // A peer that can be reached but never answers.
    const mute = new WebSocket(`${gateway.url.replace("http", "ws")}/v1/ws`, "signalbox.v1", {
      headers: { authorization: `Bearer ${token}` },
      autoPong: false,
    });
    const code = await new Promise<number>((resolve) => mute.once("close", resolve));
    expect(code).toBe(3001);
    expect(wire.socket.readyState).toBe(WebSocket.OPEN);
  });
});

describe("publications", () => {
  test("§4 events arrive in order, each once, from history and live", async () => {
    const gateway = await openGateway();
    await gateway.publish(numbered("global", 1, 700));
    const wire = await openWire(gateway);
    wire.send({ id: "s", type: "subscribe", data: { channel: "global", since: "earliest" } });
    expect(await wire.inbox.next()).toMatchObject({
      type: "subscription_update",
      metadata: { correlationId: "s" },
      data: { channel: "global", state: "subscribed", offset: 0, recovered: true },
    });
    await gateway.publish(numbered("global", 701, 1_000));
    const offsets = (await wire.inbox.publications(1_000)).map(({ offset }) => offset);
    expect(offsets).toEqual(Array.from({ length: 1_000 }, (_, i) => i + 1));
  });

  test("§5.1 an array of messages is published and answered in order", async () => {
    const wire = await openWire(await openGateway());
    wire.send([...numbered("global", 1, 2), { id: "bad", type: "note", channel: "nowhere:x" }]);
    const { data } = await wire.inbox.type("ack");
    expect(data).toMatchObject({
      results: [{ offset: 1 }, { offset: 2 }, { id: "bad", error: { name: "unknown_namespace" } }],
    });
  });

  test("§5.1 messages that came together are answered together, alone they are answered by their id", async () => {
    const wire = await openWire(await openGateway());
    const together = (count: number): void => {
      wire.tcp.cork();
      for (let n = 1; n <= count; n++) wire.send({ id: `e${n}`, type: "note", channel: "global", data: { n } });
      wire.tcp.uncork();
    };
    together(1);
    expect(await wire.inbox.next()).toMatchObject({ type: "ack", metadata: { correlationId: "e1" } });
    together(3);
    const { metadata, data } = await wire.inbox.type("ack");
    expect(metadata).toBeUndefined();
    expect(data).toMatchObject({ results: [{ id: "e1" }, { id: "e2" }, { id: "e3", offset: 4 }] });
    // An ack keeps its place before what was said after it.
    wire.tcp.cork();
    wire.send({ id: "e5", type: "note", channel: "nowhere:x" });
    wire.send({ id: "p", type: "ping" });
    wire.send({ id: "e6", type: "note", channel: "nowhere:x" });
    wire.tcp.uncork();
    const types = [await wire.inbox.next(), await wire.inbox.next(), await wire.inbox.next()].map(({ type }) => type);
    expect(types).toEqual(["ack", "pong", "ack"]);
  });

  test("A22 subscribing and leaving again and again leaves nothing behind", async () => {
    const gateway = await openGateway();
    const wire = await openWire(gateway);
    const rounds = 2_000;
    for (let i = 0; i < rounds; i++) {
      wire.send({ id: `s${i}`, type: "subscribe", data: { channel: `agent:${i % 10}` } });
      wire.send({ id: `u${i}`, type: "unsubscribe", data: { channel: `agent:${i % 10}` } });
    }
    await wire.inbox.until(({ metadata }) => metadata?.correlationId === `u${rounds - 1}`);
    await gateway.publish(numbered("agent:1", 1, 1));
    const found = (await (await gateway.request("/v1/channels/agent:1")).json()) as { subscribers: number };
    expect(found.subscribers).toBe(0);
    expect(wire.inbox.all.filter(({ type }) => type === "error")).toEqual([]);
  });

  test("all viewers get the same bytes", async () => {
    const gateway = await openGateway();
    const wires = await Promise.all(Array.from({ length: 3 }, () => openWire(gateway)));
    const texts = wires.map(
      ({ socket }) =>
        new Promise<string>((resolve) => {
          socket.on("message", (data) => {
            if (String(data).includes('"offset":1,"id"')) resolve(String(data));
          });
        }),
    );
    for (const wire of wires) {
      wire.send({ id: "s", type: "subscribe", data: { channel: "global" } });
      await wire.inbox.type("subscription_update");
    }
    // Long enough for each of the three sizes of a frame's header.
    await gateway.publish(numbered("global", 1, 1, "ü".repeat(40_000)));
    const [first, ...others] = await Promise.all(texts);
    expect(first).toContain("ü".repeat(40_000));
    for (const other of others) expect(other).toBe(first);
  });
});
