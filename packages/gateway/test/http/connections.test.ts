import { once } from "node:events";
import { request } from "node:http";
import type { Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { opened, upgradeRequest } from "../support/frames.ts";
import { numbered, openGateway, type TestGateway, token } from "../support/gateway.ts";
import { errorOf, type RawAnswer, rawBytes, rawRequest } from "../support/raw.ts";
import { openWire } from "../support/wire.ts";

const head = (gateway: TestGateway, path: string, more = ""): string =>
  `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${gateway.port}\r\nAuthorization: Bearer ${token}\r\n${more}\r\n`;

/** Asks on connections of their own until one is answered with the status. */
async function until(gateway: TestGateway, status: number): Promise<RawAnswer> {
  for (;;) {
    const answer = await rawRequest(gateway, "/v1/info").catch(() => undefined);
    if (answer?.status === status) return answer;
  }
}

/** Everything the gateway says on a socket until it ends. */
async function everything(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  await once(socket, "close");
  return Buffer.concat(chunks).toString();
}

describe("A19 slow requests", () => {
  test.each([
    ["headers without an end", "GET /v1/info HTTP/1.1\r\nHost: x\r\n"],
    [
      "a body that stops",
      "POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nContent-Type: application/json\r\n\r\n[",
    ],
    ["nothing at all", ""],
  ])("A19 %s: answered 408 or cut, while others are served", async (_what, bytes) => {
    const gateway = await openGateway({ limits: { headerMs: 100, requestMs: 200 } });
    const wire = await openWire(gateway);
    const slow = rawBytes(gateway, bytes.replace("Host: x", `Host: 127.0.0.1:${gateway.port}`));
    wire.send({ id: "p", type: "ping" });
    expect((await wire.inbox.next()).type).toBe("pong");
    expect(await slow).toMatch(/^(HTTP\/1\.1 (408|401) |$)/);
    wire.send({ id: "p", type: "ping" });
    expect((await wire.inbox.next()).type).toBe("pong");
  });
});

describe("A20 headers", () => {
  test.each<[string, string, RegExp]>([
    ["two thousand of them", Array.from({ length: 2_000 }, (_, i) => `a${i}: b\r\n`).join(""), /^HTTP\/1\.1 4(00|31) /],
    ["more than a hundred", Array.from({ length: 120 }, (_, i) => `a${i}: b\r\n`).join(""), /^HTTP\/1\.1 400 /],
    ["a protocol of spaces", `Sec-WebSocket-Protocol: b${" ".repeat(32_000)}x\r\n`, /^HTTP\/1\.1 431 /],
    ["a protocol of spaces that fits", `Sec-WebSocket-Protocol: b${" ".repeat(12_000)}x\r\n`, /^HTTP\/1\.1 400 /],
    ["an extension of the prototype", "Sec-WebSocket-Extensions: constructor, __proto__\r\n", /^HTTP\/1\.1 (101|400) /],
  ])("A20 an upgrade with %s", async (_what, headers, status) => {
    const gateway = await openGateway();
    const wire = await openWire(gateway);
    const bytes = upgradeRequest(gateway).replace("\r\n\r\n", `\r\n${headers}\r\n`);
    // A close frame for those that are let in.
    const socket = await opened(gateway);
    socket.write(Buffer.concat([Buffer.from(bytes), Buffer.from([0x88, 0x80, 0, 0, 0, 0])]));
    expect(await everything(socket)).toMatch(status);
    wire.send({ id: "p", type: "ping" });
    expect((await wire.inbox.next()).type).toBe("pong");
    expect(gateway.lines.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  });
});

describe("A24 how many connections there may be", () => {
  test("A24 an address has so many; the next is cut at once, and said in the log", async () => {
    const gateway = await openGateway({ limits: { connectionsPerAddress: 3 } });
    const sockets = [await opened(gateway), await opened(gateway)];
    const wire = await openWire(gateway);
    expect(await rawBytes(gateway, head(gateway, "/v1/info"))).toBe("");
    // Those that are open go on.
    wire.send({ id: "p", type: "ping" });
    expect((await wire.inbox.next()).type).toBe("pong");
    expect(gateway.lines.join("")).toContain('"error":"too_many_connections"');
    sockets[0]?.destroy();
    await until(gateway, 200);
  });

  test("A24 over the limit of all connections requests and upgrades get 429, far over it nothing", async () => {
    const gateway = await openGateway({ limits: { connections: 2 } });
    const wire = await openWire(gateway);
    const other = await opened(gateway);
    const answer = await rawRequest(gateway, "/v1/info");
    expect([answer.status, answer.headers["retry-after"], answer.headers.connection]).toEqual([429, "5", "close"]);
    expect(errorOf(answer.body)).toMatchObject({ name: "too_many_connections", details: { limit: 2 } });
    expect(await rawBytes(gateway, upgradeRequest(gateway))).toMatch(/^HTTP\/1\.1 429 .*too_many_connections/s);
    // Two, and eleven that would be told.
    const told = await Promise.all(Array.from({ length: 11 }, () => opened(gateway)));
    expect(await rawBytes(gateway, head(gateway, "/v1/info"))).toBe("");
    wire.send({ id: "p", type: "ping" });
    expect((await wire.inbox.next()).type).toBe("pong");
    for (const socket of [other, ...told]) socket.destroy();
    await until(gateway, 200);
  });

  test("A24 a storm of connections that come and go leaves room for the next", async () => {
    const gateway = await openGateway({ limits: { connectionsPerAddress: 60 } });
    for (let round = 0; round < 10; round++) {
      const sockets = await Promise.all(Array.from({ length: 50 }, () => opened(gateway)));
      for (const [index, socket] of sockets.entries()) {
        if (index % 2 === 0) socket.write(upgradeRequest(gateway));
        socket.resetAndDestroy();
      }
      await until(gateway, 200);
    }
  });
});

describe("A25 requests in one connection", () => {
  test("A25 sixteen that wait in one connection are answered in order", async () => {
    const gateway = await openGateway();
    const socket = await opened(gateway);
    const texts = Array.from({ length: 16 }, (_, i) =>
      head(gateway, "/v1/info", i === 15 ? "Connection: close\r\n" : ""),
    );
    socket.write(texts.join(""));
    expect((await everything(socket)).split("HTTP/1.1 200 OK")).toHaveLength(17);
  });

  test("A25 many more cost their connection, and nobody else anything", async () => {
    const gateway = await openGateway();
    await gateway.publish(numbered("global", 1, 20, "x".repeat(40_000)));
    const wire = await openWire(gateway);
    const socket = await opened(gateway);
    socket.write(head(gateway, "/v1/channels/global/events").repeat(400));
    await everything(socket);
    expect(gateway.lines.join("")).toContain("too many requests wait in one connection");
    wire.send({ id: "p", type: "ping" });
    expect((await wire.inbox.next()).type).toBe("pong");
  });

  test("A25 polls that are given up leave nothing behind", async () => {
    const gateway = await openGateway({ limits: { connections: 20 } });
    const body = JSON.stringify({
      messages: [
        { id: "s", type: "subscribe", data: { channel: "global" } },
        { id: "c", type: "connect" },
      ],
      waitMs: 50_000,
    });
    const [kept] = await gateway.publish(numbered("global", 1, 1));
    const waiting = JSON.stringify({
      messages: [{ id: "s", type: "subscribe", data: { channel: "global", since: { epoch: kept?.epoch, offset: 1 } } }],
      waitMs: 50_000,
    });
    for (let round = 0; round < 10; round++) {
      const polls = [body, waiting].map((text) => {
        const { host, port } = gateway;
        const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
        const poll = request({ host, port, path: "/v1/poll", method: "POST", headers, agent: false });
        poll.on("error", () => {});
        poll.end(text);
        return poll;
      });
      await subscribed(gateway, (count) => count > 0);
      for (const poll of polls) poll.destroy();
      await subscribed(gateway, (count) => count === 0);
    }
  });

  test("A23 a log that is downloaded and not read is cut, and its memory with it", async () => {
    const gateway = await openGateway({
      // An answer of which nothing is read for 400 ms.
      limits: { stallMs: 400, pollWaitMs: 1, heartbeatMs: 200, connectionsPerAddress: 1 },
      namespaces: { process: { retention: { bytes: 2 ** 30 } } },
    });
    const output = "x".repeat(400_000);
    for (let line = 1; line <= 40; line++) {
      const body = JSON.stringify({
        type: "process_output",
        data: { processId: "p", line, stream: "stdout", output },
      });
      const headers = { "content-type": "application/json" };
      await published(gateway, { method: "POST", headers, body });
    }
    const socket = await opened(gateway);
    socket.write(head(gateway, "/v1/processes/p/logs", "Accept: text/plain\r\n"));
    await once(socket, "readable");
    socket.pause();
    // Only when the reader is cut there is room for another.
    expect(await rawRequest(gateway, "/v1/info").catch(() => "cut")).toBe("cut");
    await until(gateway, 200);
    socket.resume();
    expect((await everything(socket)).length).toBeLessThan(40 * 400_000);
  });
});

/** Once the connection before this one has made room for it. */
async function published(gateway: TestGateway, event: Parameters<typeof rawRequest>[2]): Promise<void> {
  for (;;) {
    const answer = await rawRequest(gateway, "/v1/events", event).catch(() => undefined);
    if (answer?.status === 200) return;
  }
}

/** Until so many watch the channel. */
async function subscribed(gateway: TestGateway, fits: (count: number) => boolean): Promise<void> {
  for (;;) {
    const found = (await (await gateway.request("/v1/channels/global")).json()) as { subscribers: number };
    if (fits(found.subscribers)) return;
  }
}
