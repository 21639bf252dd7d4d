import type { Socket } from "node:net";
import { Writable } from "node:stream";
import { defaultLimits } from "@signalbox/protocol";
import { describe, expect, test } from "vitest";
import { type Holder, Load } from "../src/load.ts";
import { createLog } from "../src/log.ts";
import { opened, upgradeRequest } from "./support/frames.ts";
import { numbered, openGateway, type TestGateway, token } from "./support/gateway.ts";
import { heldBytes } from "./support/held-bytes.ts";
import { errorOf, rawBytes, rawRequest } from "./support/raw.ts";
import { openWire, type Wire } from "./support/wire.ts";

/** A socket with so much unread, of which its peer reads nothing until `sent` says so. */
function unread(bytes: number): Socket {
  const socket = new Writable({ write: () => {} });
  if (bytes > 0) socket.write(Buffer.alloc(bytes));
  return Object.assign(socket, { bytesWritten: bytes }) as Socket;
}

/** As much was written to it as its peer has read. */
const read = (socket: Socket, bytes: number): void => void Object.assign(socket, { bytesWritten: bytes });

interface Shedding extends Holder {
  readonly socket: Socket;
  told: number;
}

const holder = (socket: Socket, heldBytes = 0): Shedding => ({
  socket,
  heldBytes,
  told: 0,
  shed() {
    this.told++;
  },
});

function loadOf(sockets: Set<Socket>, unsentBytes: number, appendingBytes = () => 0) {
  const lines: string[] = [];
  const load = new Load({
    limits: { ...defaultLimits, unsentBytes },
    connections: {
      sockets,
      get size() {
        return sockets.size;
      },
    },
    log: createLog({ level: "debug", pretty: false }, { write: (line: string) => void lines.push(line) }),
    appendingBytes,
  });
  return { load, lines };
}

describe("A23 the budget of unsent bytes", () => {
  test("A23 counts what waits in sockets, beside them, and on its way to the store", () => {
    const [a, b] = [unread(100), unread(20)];
    const { load } = loadOf(new Set([a, b]), 1_000, () => 5);
    load.add("websocket", new Set([holder(b, 7)]));
    load.measure();
    expect(load.unsentBytes).toBe(132);
    expect(load.connections).toEqual({ tcp: 2, websocket: 1 });
    expect([load.over, load.refuse()]).toEqual([false, undefined]);
  });

  test("A23 over it those who read nothing are told, the worst first, down to three quarters", () => {
    const holders = [400, 50, 300, 350, 60].map((bytes) => holder(unread(bytes)));
    const { load } = loadOf(new Set(holders.map(({ socket }) => socket)), 1_000);
    load.add("websocket", new Set(holders));
    load.measure();
    expect(load.over).toBe(true);
    expect(load.refuse()).toMatchObject({ name: "overloaded", temporary: true, details: { retryAfterMs: 5_000 } });
    // Who will read something until the next sweep is not known yet.
    expect(load.shed).toBe(0);
    load.measure();
    // 1,160: without the 400 it is 760, and without the 350 it is under 750.
    expect(holders.map(({ told }) => told)).toEqual([1, 0, 0, 1, 0]);
    expect(load.shed).toBe(2);
  });

  test("A23 who reads is spared while others do not, and while only appends are too many", () => {
    const [reading, stuck] = [holder(unread(600)), holder(unread(500))];
    let appending = 0;
    const { load } = loadOf(new Set([reading.socket, stuck.socket]), 1_000, () => appending);
    load.add("websocket", new Set([reading, stuck]));
    load.measure();
    read(reading.socket, 700);
    load.measure();
    expect([reading.told, stuck.told]).toEqual([0, 1]);
    stuck.socket.destroy();
    appending = 2_000;
    for (let sweep = 0; sweep < 3; sweep++) {
      read(reading.socket, 800 + sweep);
      load.measure();
    }
    expect([load.over, reading.told]).toEqual([true, 0]);
  });

  test("A23 where all read and it is too much all the same, those with most unread are told", () => {
    const holders = [700, 600, 100].map((bytes) => holder(unread(bytes)));
    const { load } = loadOf(new Set(holders.map(({ socket }) => socket)), 1_000);
    load.add("websocket", new Set(holders));
    load.measure();
    for (const { socket } of holders) read(socket, 2_000);
    load.measure();
    expect(holders.map(({ told }) => told)).toEqual([1, 0, 0]);
  });

  test("A23 who was told has two sweeps to read, then is cut; nobody is told in their place", () => {
    const [worst, other] = [holder(unread(900)), holder(unread(600))];
    const { load } = loadOf(new Set([worst.socket, other.socket]), 1_000);
    load.add("sse", new Set([worst, other]));
    load.measure();
    for (let sweep = 0; sweep < 3; sweep++) {
      load.measure();
      expect([worst.told, worst.socket.destroyed]).toEqual([1, false]);
    }
    load.measure();
    expect([worst.socket.destroyed, other.socket.destroyed]).toEqual([true, false]);
    expect([worst.told, other.told]).toEqual([1, 0]);
  });

  test("A23 one that has read by then is not cut", () => {
    const one = holder(unread(0), 2_000);
    const { load } = loadOf(new Set([one.socket]), 1_000);
    load.add("poll", new Set([one]));
    load.measure();
    load.measure();
    Object.assign(one, { heldBytes: 0 });
    for (let sweep = 0; sweep < 5; sweep++) load.measure();
    expect([one.told, one.socket.destroyed]).toEqual([1, false]);
  });

  test("A23 an answer that nobody owns is cut at once", () => {
    const socket = unread(2_000);
    const { load } = loadOf(new Set([socket]), 1_000);
    load.measure();
    load.measure();
    expect([socket.destroyed, load.shed]).toEqual([true, 1]);
  });

  test("A23 it is over only at three quarters, and both are said once", () => {
    let appending = 0;
    const { load, lines } = loadOf(new Set(), 1_000, () => appending);
    const over = [1_000, 1_001, 1_001, 751, 750, 1_000].map((bytes) => {
      appending = bytes;
      load.measure();
      return load.over;
    });
    expect(over).toEqual([false, true, true, true, false, false]);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain("too much waits to be read");
    expect(lines[1]).toContain("there is room again");
  });
});

describe("A23 viewers that stop reading", () => {
  const events = 500;
  const eventBytes = 40_000;
  const config = {
    // Three outboxes are within the budget, ten are not; sweeps come twice a second.
    limits: { outboxBytes: 262_144, unsentBytes: 1_000_000, heartbeatMs: 2_500 },
    namespaces: { global: { retention: { bytes: 2 ** 30 } } },
  };

  test("A23 the worst are closed, new viewers wait, and who reads misses nothing", async () => {
    const gateway = await openGateway(config);
    const healthy = await watching(gateway);
    // What is written to a WebSocket is bounded before it could wait here.
    const stuck = await Promise.all(Array.from({ length: 2 }, () => watching(gateway)));
    const subscribe = JSON.stringify([{ type: "subscribe", data: { channel: "global" } }]);
    const streams = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        i % 2 === 0
          ? stuckStream(gateway, "GET", "/v1/channels/global/events")
          : stuckStream(gateway, "POST", "/v1/stream", subscribe),
      ),
    );
    for (const { socket } of stuck) socket.pause();
    const before = await heldBytes("buffers");
    const flood = (async () => {
      for (let n = 1; n <= events; n += 20) await gateway.publish(numbered("global", n, n + 19, text));
    })();
    await said(gateway, "too much waits to be read");
    const upgrade = await rawBytes(gateway, upgradeRequest(gateway));
    expect(upgrade).toMatch(/^HTTP\/1\.1 503 /);
    expect(upgrade).toMatch(/\r\nretry-after: 5\r\n/);
    for (const path of ["/v1/channels/global/events", "/v1/events?channel=global", "/v1/processes/p/logs"]) {
      const answer = await rawRequest(gateway, path, { headers: { accept: "text/event-stream" } });
      expect([path, answer.status, errorOf(answer.body).name]).toEqual([path, 503, "overloaded"]);
    }
    // Whoever only asks is answered.
    expect((await rawRequest(gateway, "/v1/channels/global/events?limit=1")).status).toBe(200);
    await flood;
    await said(gateway, "there is room again");
    const offsets = (await healthy.inbox.publications(events)).map(({ offset }) => offset);
    expect(offsets).toEqual(Array.from({ length: events }, (_, i) => i + 1));
    const again = await watching(gateway);
    expect(again.inbox.all).toHaveLength(1);
    for (const socket of streams) socket.destroy();
    // At most three full outboxes are within the budget; the other WebSockets have none that waits here.
    await watched(gateway, 7);
    // The same 20 MB went to each of eleven. What is unread has its budget; what these clients hold comes on top.
    expect((await heldBytes("buffers")) - before).toBeLessThan(config.limits.unsentBytes + 4_000_000);
    expect(gateway.lines.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  });

  // Less than one outbox that is full.
  const small = { ...config, limits: { ...config.limits, unsentBytes: 150_000, frameBytes: 16_000_000 } };
  /** More in one message than kernels take, however small the window. */
  const huge = numbered("global", 1, 1, "x".repeat(12_000_000));
  const text = "x".repeat(eventBytes);

  test("A23 one that reads in time hears overloaded_node", async () => {
    const gateway = await openGateway(small);
    const { socket, closed } = await watching(gateway);
    socket.pause();
    await gateway.publish(huge);
    await said(gateway, "too much waits to be read");
    await watched(gateway, 0);
    socket.resume();
    expect(await closed).toEqual({ code: 1013, reason: "overloaded_node" });
    await said(gateway, "there is room again");
  });

  test("A23 a stream that is read in time ends with the error overloaded", async () => {
    const gateway = await openGateway(small);
    const socket = await stuckStream(gateway, "GET", "/v1/channels/global/events");
    await floodUntil(gateway, "too much waits to be read");
    await watched(gateway, 0);
    let last = "";
    const ended = new Promise<void>((resolve) => {
      socket.on("data", (chunk: Buffer) => {
        last = (last + chunk.toString("latin1")).slice(-2_000);
        if (last.includes('"name":"overloaded"')) resolve();
      });
    });
    socket.resume();
    await ended;
    expect(last).toMatch(/event: error\ndata: \{.*"name":"overloaded".*\}\n\n/);
    await said(gateway, "there is room again");
  });

  test("A23 one that never reads is cut, and then there is room again", async () => {
    const gateway = await openGateway(small);
    const wire = await watching(gateway);
    wire.socket.pause();
    await gateway.publish(huge);
    await said(gateway, "there is room again");
    wire.socket.resume();
    expect((await wire.closed).code).toBe(1006);
  });

  async function floodUntil(gateway: TestGateway, words: string): Promise<void> {
    for (let n = 1; !gateway.lines.some((line) => line.includes(words)); n++) {
      await gateway.publish(numbered("global", n, n, text));
    }
  }
});

async function watching(gateway: TestGateway): Promise<Wire> {
  const wire = await openWire(gateway);
  wire.send({ id: "s", type: "subscribe", data: { channel: "global" } });
  await wire.inbox.type("subscription_update");
  return wire;
}

/** Until no more than so many watch. */
async function watched(gateway: TestGateway, most: number): Promise<void> {
  for (;;) {
    const found = (await (await gateway.request("/v1/channels/global")).json()) as { subscribers: number };
    if (found.subscribers <= most) return;
  }
}

/** A stream that has begun and is not read. */
async function stuckStream(gateway: TestGateway, method: string, path: string, body = ""): Promise<Socket> {
  const socket = await opened(gateway);
  socket.write(
    `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1:${gateway.port}\r\nAuthorization: Bearer ${token}\r\n` +
      `Accept: text/event-stream\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
  await new Promise<void>((resolve) => socket.once("data", () => resolve()));
  socket.pause();
  return socket;
}

/** Until the log has a line with these words. */
async function said(gateway: TestGateway, words: string): Promise<void> {
  while (!gateway.lines.some((line) => line.includes(words))) await new Promise((resolve) => setImmediate(resolve));
}
