import type { Message } from "@signalbox/protocol";
import { expect, test } from "vitest";
import { Chunks } from "../../src/transports/websocket/chunks.ts";
import { openGateway } from "../support/gateway.ts";
import { openWire, type Wire } from "../support/wire.ts";

test("§3.8 frames of a large message, in hex", () => {
  const chunks = new Chunks("agent:a", Buffer.from("abcdefgh"));
  const frames = [];
  while (!chunks.done) frames.push(Buffer.from(chunks.next(3)).toString("hex"));
  // Binary, length, 3, flags, text.
  expect(frames).toEqual(["82050301616263", "82050300646566", "820403026768"]);
});

test("§3.8 lengths of frames are told in as few bytes as RFC 6455 has for them", () => {
  const chunks = new Chunks("agent:a", Buffer.alloc(200_000, "x"));
  expect([...chunks.next(123).subarray(0, 6)]).toEqual([0x82, 125, 3, 1, 120, 120]);
  expect([...chunks.next(124).subarray(0, 6)]).toEqual([0x82, 126, 0, 126, 3, 0]);
  expect([...chunks.next(65_536).subarray(0, 12)]).toEqual([0x82, 127, 0, 0, 0, 0, 0, 1, 0, 2, 3, 0]);
});

/** A client that wants chunks, put together as the protocol says. */
async function chunked(wire: Wire): Promise<{ frames: Array<{ flags: number; bytes: number }>; messages: Message[] }> {
  const frames: Array<{ flags: number; bytes: number }> = [];
  const messages: Message[] = [];
  let parts: Buffer[] = [];
  wire.socket.removeAllListeners("message");
  wire.socket.on("message", (data, binary) => {
    const bytes = data as Buffer;
    if (!binary) {
      const message = JSON.parse(String(bytes)) as Message;
      messages.push(message);
      wire.inbox.take(message);
      return;
    }
    const flags = bytes[1] ?? 0;
    frames.push({ flags, bytes: bytes.length - 2 });
    parts.push(bytes.subarray(2));
    if ((flags & 2) === 0) return;
    const message = JSON.parse(Buffer.concat(parts).toString()) as Message;
    parts = [];
    messages.push(message);
    wire.inbox.take(message);
  });
  wire.send({ id: "c", type: "connect", data: { chunks: true } });
  expect((await wire.inbox.type("connect")).data).toMatchObject({ chunks: true });
  return { frames, messages };
}

test("§3.8 a large publication comes in chunks to who asked for them, whole to others", async () => {
  const gateway = await openGateway();
  const [wire, plain] = [await openWire(gateway), await openWire(gateway)];
  const { frames } = await chunked(wire);
  plain.send({ id: "c", type: "connect", data: {} });
  expect((await plain.inbox.type("connect")).data).not.toHaveProperty("chunks");
  for (const each of [wire, plain]) {
    each.send({ id: "s", type: "subscribe", data: { channel: "agent:a" } });
    await each.inbox.type("subscription_update");
  }
  const text = "ä".repeat(400_000);
  await gateway.publish([
    { type: "note", channel: "agent:a", data: { n: 1, text } },
    { type: "note", channel: "agent:a", data: { n: 2 } },
  ]);
  const [large, small] = await wire.inbox.publications(2);
  expect([large?.data, small?.data]).toEqual([{ n: 1, text }, { n: 2 }]);
  const flags = frames.map((frame) => frame.flags);
  expect(flags).toEqual([1, ...flags.slice(1, -1).map(() => 0), 2]);
  for (const { bytes } of frames) expect(bytes).toBeLessThanOrEqual(65_536);
  const [whole] = await plain.inbox.publications(1);
  expect(whole).toEqual(large);
});

test("§3.8 messages of other channels come in between, those of its own channel after it", async () => {
  const gateway = await openGateway();
  const wire = await openWire(gateway);
  const { messages } = await chunked(wire);
  for (const channel of ["agent:a", "agent:b"]) {
    wire.send({ id: channel, type: "subscribe", data: { channel } });
    await wire.inbox.type("subscription_update");
  }
  wire.socket.pause();
  await gateway.publish([{ type: "note", channel: "agent:a", data: { n: 1, text: "x".repeat(900_000) } }]);
  await gateway.publish([{ type: "note", channel: "agent:a", data: { n: 2 } }]);
  await gateway.publish([{ type: "note", channel: "agent:b", data: { n: 3 } }]);
  wire.socket.resume();
  await wire.inbox.publications(3);
  const order = messages.filter(({ offset }) => offset !== undefined).map(({ data }) => (data as { n: number }).n);
  expect(order).toEqual([3, 1, 2]);
});
