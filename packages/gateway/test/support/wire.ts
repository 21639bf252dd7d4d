/** A WebSocket client that knows nothing but spec/protocol.md. */
import { Socket } from "node:net";
import { gunzipSync } from "node:zlib";
import type { Message } from "@signalbox/protocol";
import { onTestFinished } from "vitest";
import WebSocket from "ws";
import { type TestGateway, token } from "./gateway.ts";
import { Inbox } from "./inbox.ts";

export interface Wire {
  readonly socket: WebSocket;
  /** What it runs over. */
  readonly tcp: Socket;
  readonly inbox: Inbox;
  send(message: unknown): void;
  sendText(text: string): void;
  /** The close code, once it comes. */
  readonly closed: Promise<{ code: number; reason: string }>;
}

interface WireOptions {
  protocols?: string[];
  headers?: Record<string, string>;
  /** What it offers of permessage-deflate; true if absent, as ws does. */
  deflate?: WebSocket.ClientOptions["perMessageDeflate"];
}

/** With the admin token in the header, unless `headers` are given. */
export async function openWire(gateway: TestGateway, options: WireOptions = {}): Promise<Wire> {
  const { protocols = ["signalbox.v1"], headers = { authorization: `Bearer ${token}` }, deflate = true } = options;
  const socket = new WebSocket(`${gateway.url.replace("http", "ws")}/v1/ws`, protocols, {
    headers,
    perMessageDeflate: deflate,
  });
  onTestFinished(() => socket.terminate());
  const inbox = new Inbox();
  socket.on("message", (data, binary) => inbox.take(JSON.parse(binary ? unpacked(data) : String(data)) as Message));
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on("close", (code, reason) => {
      inbox.end();
      resolve({ code, reason: String(reason) });
    });
  });
  await new Promise<void>((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });
  socket.on("error", () => {});
  const tcp: unknown = Reflect.get(socket, "_socket");
  if (!(tcp instanceof Socket)) throw new TypeError("this version of ws keeps its socket elsewhere");
  return {
    socket,
    tcp,
    inbox,
    closed,
    send: (message) => socket.send(JSON.stringify(message)),
    sendText: (text) => socket.send(text),
  };
}

/** §3.9 */
function unpacked(data: WebSocket.RawData): string {
  if (!Buffer.isBuffer(data) || data[0] !== 2) throw new Error("an unknown kind of binary frame");
  return gunzipSync(data.subarray(1)).toString();
}
