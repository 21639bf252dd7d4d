import type { Socket } from "node:net";
import type { Message } from "@signalbox/protocol";
import { describe, expect, test } from "vitest";
import WebSocket from "ws";
import { receiverOf } from "../../src/sockets/receiver.ts";
import { closeCode, frame, short, upgraded, upgradeRequest } from "../support/frames.ts";
import { numbered, openGateway, type TestGateway, token } from "../support/gateway.ts";
import { heldBytes } from "../support/held-bytes.ts";
import { rawBytes } from "../support/raw.ts";
import { openWire } from "../support/wire.ts";

const text = 0x01;
const whole = 0x81;
const rest = 0x80;
const ping = 0x89;
const pong = 0x8a;

/** Somebody who goes on being served. */
async function stillServed(gateway: TestGateway): Promise<void> {
  const wire = await openWire(gateway);
  wire.send({ id: "p", type: "ping" });
  expect((await wire.inbox.next()).type).toBe("pong");
  expect(gateway.lines.filter((line) => line.includes('"level":"error"'))).toEqual([]);
}

/** Resolves at the next bytes that come. */
const answered = (socket: Socket): Promise<Buffer> => new Promise((resolve) => socket.once("data", resolve));

describe("A18 a message that does not become whole", () => {
  // Sweeps come every 200 ms; silence is noticed after 1,600.
  const limits = { heartbeatMs: 1_000, messageMs: 100, controlFrames: 1_000_000 };

  test.each<[string, Buffer]>([
    ["a fragment without an end", short(text, "{")],
    ["an empty fragment without an end", short(text, "")],
    ["a payload that stops", frame(whole, '{"type', { length: 1_000n })],
    ["one byte of a header", Buffer.from([whole])],
    ["a length that stops", Buffer.from([whole, 0xfe, 0x01])],
    ["a mask that stops", Buffer.from([whole, 0x82, 0, 0])],
  ])("A18 %s: close bad_message", async (_what, bytes) => {
    const gateway = await openGateway({ limits });
    const socket = await upgraded(gateway);
    socket.write(bytes);
    expect(await closeCode(socket)).toBe(3500);
    await stillServed(gateway);
  });

  test("A18 pings between the fragments do not help", async () => {
    const gateway = await openGateway({ limits });
    const socket = await upgraded(gateway);
    socket.write(short(text, "{"));
    const code = closeCode(socket);
    let open = true;
    void code.finally(() => {
      open = false;
    });
    while (open) {
      socket.write(short(ping, ""));
      await answered(socket);
    }
    expect(await code).toBe(3500);
  });

  test("A18 a peer that is always in the middle of another message stays", async () => {
    const gateway = await openGateway({ limits });
    const socket = await upgraded(gateway);
    const message = JSON.stringify({ id: "p", type: "ping" });
    const [first, second] = [short(text, message.slice(0, 9)), short(rest, message.slice(9))];
    socket.write(first);
    // The gateway's pings are a second apart: ten times messageMs.
    for (let pings = 0; pings < 2; ) {
      socket.write(Buffer.concat([second, first]));
      const bytes = await answered(socket);
      if (bytes.includes(Buffer.from([ping, 0])) || bytes.includes(Buffer.from([ping, 1]))) pings++;
      expect(bytes[0]).not.toBe(0x88);
    }
  });

  test("A18 as many one-byte fragments as may be, on many connections, take little memory", async () => {
    const gateway = await openGateway();
    const sockets = await Promise.all(Array.from({ length: 30 }, () => upgraded(gateway)));
    const before = await heldBytes("all");
    for (const socket of sockets) {
      socket.write(Buffer.concat([short(text, " "), ...Array.from({ length: 127 }, () => short(0x00, " "))]));
      // Its answer is behind all of them.
      const seen = answered(socket);
      socket.write(short(ping, ""));
      await seen;
    }
    expect(((await heldBytes("all")) - before) / sockets.length).toBeLessThan(64 * 1_024);
    await stillServed(gateway);
  });

  test("A18 another ws than the one that was looked into is refused", () => {
    expect(() => receiverOf(new WebSocket(null as unknown as string))).toThrow(TypeError);
  });
});

describe("A21 floods of control frames", () => {
  test.each([
    ["pings", ping],
    ["pongs that nobody asked for", pong],
  ])("A21 %s: close too_fast, and no more answers than the limit", async (_what, opcode) => {
    const gateway = await openGateway({ limits: { controlFrames: 20 } });
    const socket = await upgraded(gateway);
    let bytes = Buffer.alloc(0);
    socket.on("data", (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
    });
    const code = closeCode(socket);
    socket.write(Buffer.concat(Array.from({ length: 50_000 }, () => short(opcode, "x"))));
    expect(await code).toBe(1008);
    // 20 at once, and what comes back while they are read: 4 in each second of it.
    expect(bytes.length).toBeLessThan(3 * 40);
    expect(bytes.length >= 3 * 20).toBe(opcode === ping);
    await stillServed(gateway);
  });

  test("A21 pings up to the limit are answered with what they bring, in order", async () => {
    const gateway = await openGateway({ limits: { controlFrames: 3 } });
    const { socket } = await openWire(gateway);
    const answers: string[] = [];
    const all = new Promise<void>((resolve) => {
      socket.on("pong", (data) => {
        answers.push(String(data));
        if (answers.length === 3) resolve();
      });
    });
    for (const data of ["", "one", "x".repeat(125)]) socket.ping(data);
    await all;
    expect(answers).toEqual(["", "one", "x".repeat(125)]);
  });

  test("A21 answers to the gateway's own pings do not count", async () => {
    const gateway = await openGateway({ limits: { heartbeatMs: 50, controlFrames: 1 } });
    const { socket } = await openWire(gateway);
    let pings = 0;
    await new Promise<void>((resolve) => {
      socket.on("ping", () => {
        pings++;
        if (pings === 10) resolve();
      });
    });
    expect(socket.readyState).toBe(WebSocket.OPEN);
  });

  test("A21 a peer that leaves its pongs unread gets no more than an outbox of them", async () => {
    const outboxBytes = 65_536;
    const gateway = await openGateway({
      limits: { outboxBytes, controlFrames: 100_000 },
      namespaces: { global: { retention: { bytes: 2 ** 30 } } },
    });
    const watcher = await openWire(gateway);
    watcher.send({ id: "s", type: "subscribe", data: { channel: "user:sign" } });
    await watcher.inbox.type("subscription_update");
    const { socket, inbox, send } = await openWire(gateway);
    let pongs = 0;
    socket.on("pong", () => pongs++);
    send({ id: "s", type: "subscribe", data: { channel: "global", since: "earliest" } });
    await inbox.type("subscription_update");
    socket.pause();
    // More than the kernel takes, so that the outbox is full.
    for (let n = 1; n <= 400; n += 20) await gateway.publish(numbered("global", n, n + 19, "x".repeat(40_000)));
    for (let i = 0; i < 3_000; i++) socket.ping("y".repeat(125));
    // Comes after all of them.
    send({ id: "e", type: "note", channel: "user:sign" });
    await watcher.inbox.publications(1);
    socket.resume();
    expect(await inbox.publications(400)).toHaveLength(400);
    expect(pongs * 127).toBeLessThanOrEqual(outboxBytes + 127);
  });
});

describe("A26 the end of a connection", () => {
  test.each<[string, Buffer, number]>([
    ["a reason that fills the frame", Buffer.concat([Buffer.from([0x03, 0xe8]), Buffer.alloc(123, "r")]), 1000],
    ["a number of one's own", Buffer.from([0x13, 0x87]), 4999],
    ["half a number", Buffer.from([0x03]), 1002],
    ["a number that is none", Buffer.from([0x03, 0xe7]), 1002],
    ["a reason that is not UTF-8", Buffer.from([0x03, 0xe8, 0xc3, 0x28]), 1007],
  ])("A26 a close frame with %s is answered", async (_what, payload, code) => {
    const gateway = await openGateway();
    const socket = await upgraded(gateway);
    // What follows a close frame is nothing to anybody.
    socket.write(Buffer.concat([short(0x88, payload), short(ping, "late"), short(whole, "{")]));
    expect(await closeCode(socket)).toBe(code);
    await stillServed(gateway);
  });

  test("A26 a close frame with nothing in it ends the connection", async () => {
    const gateway = await openGateway();
    const answer = await rawBytes(gateway, Buffer.concat([Buffer.from(upgradeRequest(gateway)), short(0x88, "")]));
    expect(answer).toMatch(/^HTTP\/1\.1 101 /);
    await stillServed(gateway);
  });
});

describe("A19 before the token", () => {
  test("A18 a stranger's message is short; after the token messages are as long as for everybody", async () => {
    const gateway = await openGateway({ limits: { headerBytes: 4_096 } });
    const stranger = await openWire(gateway, { headers: {} });
    stranger.sendText(" ".repeat(5_000));
    expect((await stranger.closed).code).toBe(1009);
    const late = await openWire(gateway, { headers: {} });
    late.send({ id: "a", type: "auth_request", data: { token } });
    expect((await late.inbox.next()).type).toBe("auth_success");
    late.send({ id: "e", type: "note", channel: "global", data: { text: "x".repeat(5_000) } });
    expect(await late.inbox.next()).toMatchObject({ type: "ack", data: { results: [{ offset: 1 }] } });
  });

  test("A19 so many WebSockets of an address may wait for their token, and no more", async () => {
    const gateway = await openGateway({ limits: { pendingPerAddress: 2 } });
    const [first, second] = [await openWire(gateway, { headers: {} }), await openWire(gateway, { headers: {} })];
    const refused = await rawBytes(gateway, upgradeRequest(gateway, ""));
    expect(refused).toMatch(/^HTTP\/1\.1 429 /);
    expect(refused).toMatch(/\r\nretry-after: 5\r\n/);
    expect(refused).toContain('"name":"too_many_connections"');
    // Those who bring their token at once are none of them.
    await stillServed(gateway);
    first.send({ id: "a", type: "auth_request", data: { token } });
    await first.inbox.type("auth_success");
    const third = await openWire(gateway, { headers: {} });
    expect(await rawBytes(gateway, upgradeRequest(gateway, ""))).toMatch(/^HTTP\/1\.1 429 /);
    second.socket.terminate();
    await second.closed;
    const again = await untilOpen(gateway);
    expect(again.readyState).toBe(WebSocket.OPEN);
    expect(third.inbox.all satisfies Message[]).toEqual([]);
    expect(gateway.lines.join("")).toContain('"error":"too_many_connections"');
  });
});

/** Tries until an upgrade without a token is taken. */
async function untilOpen(gateway: TestGateway): Promise<WebSocket> {
  for (;;) {
    try {
      return (await openWire(gateway, { headers: {} })).socket;
    } catch {
      // The gateway has not seen the end of the other one yet.
    }
  }
}
