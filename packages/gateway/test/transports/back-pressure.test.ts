import { connect, type Socket } from "node:net";
import type { Message } from "@signalbox/protocol";
import { expect, onTestFinished, test } from "vitest";
import { numbered, openGateway, type TestGateway, token } from "../support/gateway.ts";
import { heldBytes } from "../support/held-bytes.ts";
import { openWire } from "../support/wire.ts";

/** What one event of the flood takes, and how much flows in all: far more than an outbox and a kernel's buffers. */
const eventBytes = 40_000;
const events = 600;
const outboxBytes = 131_072;

/** Publishes the flood while a viewer does not read. */
async function flood(gateway: TestGateway): Promise<void> {
  const text = "x".repeat(eventBytes);
  for (let n = 1; n <= events; n += 20) await gateway.publish(numbered("global", n, n + 19, text));
}

const inOrder = Array.from({ length: events }, (_, i) => i + 1);

test("§4.10 a WebSocket viewer that does not read costs an outbox, and gets all once it reads", async () => {
  const gateway = await openGateway({
    limits: { outboxBytes },
    namespaces: { global: { retention: { bytes: 2 ** 30 } } },
  });
  const healthy = await openWire(gateway);
  healthy.send({ id: "s", type: "subscribe", data: { channel: "global" } });
  await healthy.inbox.type("subscription_update");
  const wire = await openWire(gateway);
  wire.send({ id: "s", type: "subscribe", data: { channel: "global", since: "earliest" } });
  await wire.inbox.type("subscription_update");
  wire.socket.pause();
  const before = await heldBytes("buffers");
  await flood(gateway);
  expect((await healthy.inbox.publications(events)).map(({ offset }) => offset)).toEqual(inOrder);
  // The flood is 24 MB; an outbox, the channel's tail and what is on its way are 4 MB at most.
  expect((await heldBytes("buffers")) - before).toBeLessThan(4_000_000);
  wire.socket.resume();
  expect((await wire.inbox.publications(events)).map(({ offset }) => offset)).toEqual(inOrder);
});

test.each([
  ["GET", "/v1/channels/global/events", ""],
  ["POST", "/v1/stream", JSON.stringify([{ type: "subscribe", data: { channel: "global", since: "earliest" } }])],
])("§4.10 a viewer of %s %s that does not read gets all once it reads", async (method, path, body) => {
  const gateway = await openGateway({
    limits: { outboxBytes },
    namespaces: { global: { retention: { bytes: 2 ** 30 } } },
  });
  const socket = await openStream(gateway, method, path, body);
  socket.pause();
  const before = await heldBytes("all");
  await flood(gateway);
  // The store in memory has the flood once; queued for the viewer it would be here twice.
  expect((await heldBytes("all")) - before).toBeLessThan(1.5 * events * eventBytes);
  const offsets = await readOffsets(socket, events);
  expect(offsets).toEqual(inOrder);
});

test("§4.10 a viewer that never reads again is closed with slow_consumer, and told to come back", async () => {
  const gateway = await openGateway({ limits: { outboxBytes, stallMs: 1, heartbeatMs: 1_000 } });
  const wire = await openWire(gateway);
  wire.send({ id: "s", type: "subscribe", data: { channel: "global", since: "earliest" } });
  await wire.inbox.type("subscription_update");
  wire.socket.pause();
  await flood(gateway);
  await noSessions(gateway);
  wire.socket.resume();
  expect(await wire.closed).toEqual({ code: 3008, reason: "slow_consumer" });
});

function openStream(gateway: TestGateway, method: string, path: string, body: string): Promise<Socket> {
  const socket = connect(gateway.port, gateway.host);
  onTestFinished(() => {
    socket.destroy();
  });
  socket.write(
    [
      `${method} ${path} HTTP/1.1`,
      `Host: 127.0.0.1:${gateway.port}`,
      `Authorization: Bearer ${token}`,
      "Accept: text/event-stream",
      "Content-Type: application/json",
      `Content-Length: ${Buffer.byteLength(body)}`,
      "",
      body,
    ].join("\r\n"),
  );
  return new Promise((resolve) => socket.once("readable", () => resolve(socket)));
}

/** The offsets of so many publications, from the raw bytes of a stream. */
function readOffsets(socket: Socket, count: number): Promise<number[]> {
  return new Promise((resolve) => {
    const found: number[] = [];
    let rest = "";
    socket.on("data", (chunk: Buffer) => {
      rest += chunk.toString("latin1");
      const lines = rest.split("\n\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const offset = /"offset":(\d+),"id"/.exec(line)?.[1];
        if (offset !== undefined) found.push(Number(offset));
      }
      if (found.length >= count) resolve(found);
    });
    socket.resume();
  });
}

/** Until nobody watches the flood any more. */
async function noSessions(gateway: TestGateway): Promise<void> {
  for (;;) {
    const found = (await (await gateway.request("/v1/channels/global")).json()) as Partial<Message> & {
      subscribers: number;
    };
    if (found.subscribers === 0) return;
  }
}
