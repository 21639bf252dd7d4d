import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { WebSocket as Other, type WebSocket as Peer, WebSocketServer } from "ws";
import { codecWith, gzip, streamUnpack } from "../src/gzip.ts";
import type { Cause, Codec } from "../src/transport.ts";

let server: WebSocketServer;
const sockets: Array<{ close(): void }> = [];
beforeEach(async () => {
  server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  await new Promise((resolve) => server.once("listening", resolve));
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.close();
  for (const peer of server.clients) peer.terminate();
  await new Promise((resolve) => server.close(resolve));
});

const packed = (text: string): Buffer => Buffer.concat([Buffer.from([2]), gzipSync(text)]);

/** What comes out of a codec between these frames and whoever listens; ends with the close, or with why it cannot go on. */
async function through(codec: Codec, Socket: typeof WebSocket, send: (peer: Peer) => void) {
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("it does not listen");
  server.once("connection", (peer) => {
    send(peer);
    peer.close(3000, "bye");
  });
  const socket = new Socket(`ws://127.0.0.1:${address.port}`);
  sockets.push(socket);
  const got: unknown[] = [];
  const end = await new Promise<Cause>((resolve) => {
    socket.onmessage = ({ data }) => got.push(data);
    socket.onclose = ({ code, reason }) => resolve({ code, name: reason });
    codec.attach(socket, resolve);
  });
  return { got, end };
}

const streaming = streamUnpack();
if (gzip === undefined || streaming === undefined) throw new Error("Node has both");
const codecs: Array<[string, Codec]> = [
  ["zlib", gzip],
  ["DecompressionStream", codecWith(streaming)],
];
// ws is how programs on older systems connect; its WebSocket is the browser's as far as we use it.
const Ws: unknown = Other;
const wss = [WebSocket, Ws as typeof WebSocket];

describe.each(codecs)("with %s", (_, codec) => {
  test.each(wss)("§3.9 plain and packed frames come in their order, the close last (%#)", async (Socket) => {
    const texts = Array.from({ length: 200 }, (_, n) => `${n} ${"é".repeat(n % 7 === 0 ? 30_000 : n)}`);
    const { got, end } = await through(codec, Socket, (peer) => {
      for (const [n, text] of texts.entries()) peer.send(n % 3 === 0 ? text : packed(text));
    });
    expect(got).toEqual(texts);
    expect(end).toEqual({ code: 3000, name: "bye" });
  });

  test("binary frames of other kinds pass, in their order", async () => {
    const { got } = await through(codec, WebSocket, (peer) => {
      peer.send(packed("one"));
      peer.send(Buffer.from([3, 9]));
      peer.send(Buffer.alloc(0));
    });
    expect(got).toEqual(["one", new Uint8Array([3, 9]).buffer, new ArrayBuffer(0)]);
  });

  test("A15 a bomb ends the link before it unfolds", async () => {
    const bomb = Buffer.concat([Buffer.from([2]), gzipSync(Buffer.alloc(64 * 1_048_576))]);
    expect(bomb.length).toBeLessThan(100_000);
    const before = process.memoryUsage.rss();
    const { got, end } = await through(codec, WebSocket, (peer) => {
      peer.send("before");
      peer.send(bomb);
      peer.send("after");
    });
    expect(got).toEqual(["before"]);
    expect(end.problem).toMatchObject({ name: "bad_answer", temporary: true });
    expect(process.memoryUsage.rss() - before).toBeLessThan(32 * 1_048_576);
  });

  test.each([
    ["no gzip", Buffer.from([2, 1, 2, 3])],
    ["nothing", Buffer.from([2])],
    ["half of one", packed("a text that is cut off").subarray(0, 20)],
    ["a wrong checksum", Buffer.concat([packed("text").subarray(0, -8), Buffer.alloc(8)])],
  ])("a frame with %s ends the link", async (_, frame) => {
    const { got, end } = await through(codec, WebSocket, (peer) => peer.send(frame));
    expect(got).toEqual([]);
    expect(end.problem?.message).toMatch(/^A compressed frame cannot be read: ./);
  });
});
