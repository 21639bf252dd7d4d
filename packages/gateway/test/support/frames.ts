/** WebSocket frames made by hand, on a socket of one's own. */
import { connect, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import { type TestGateway, token } from "./gateway.ts";

/** A frame as a client may or may not send it. */
export function frame(
  first: number,
  payload: Buffer | string,
  options: { length?: bigint; masked?: boolean } = {},
): Buffer {
  const data = Buffer.from(payload);
  const length = options.length ?? BigInt(data.length);
  const mask = options.masked === false ? 0 : 0x80;
  const head = Buffer.alloc(10);
  head[0] = first;
  head[1] = mask | 127;
  head.writeBigUInt64BE(length, 2);
  // A mask of zeros leaves the payload as it is.
  return Buffer.concat([head, Buffer.alloc(mask === 0 ? 0 : 4), data]);
}

export const short = (first: number, payload: Buffer | string): Buffer => {
  const data = Buffer.from(payload);
  return Buffer.concat([Buffer.from([first, 0x80 | data.length, 0, 0, 0, 0]), data]);
};

/** A TCP connection. */
export async function opened(gateway: TestGateway): Promise<Socket> {
  const socket = connect(gateway.port, gateway.host);
  socket.on("error", () => {});
  onTestFinished(() => void socket.destroy());
  await new Promise<void>((resolve) => socket.once("connect", resolve));
  return socket;
}

/** The request for an upgrade; without a token it has to come in a message. */
export const upgradeRequest = (gateway: TestGateway, bearer: string | undefined = token, path = "/v1/ws"): string =>
  `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${gateway.port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
  `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n` +
  `${bearer === "" ? "" : `Authorization: Bearer ${bearer}\r\n`}\r\n`;

/** A socket after its upgrade. An empty `bearer` means none. */
export async function upgraded(gateway: TestGateway, bearer?: string, path?: string): Promise<Socket> {
  const socket = await opened(gateway);
  socket.write(upgradeRequest(gateway, bearer, path));
  await new Promise<void>((resolve) => socket.once("data", () => resolve()));
  return socket;
}

/** The number in the close frame that comes. */
export function closeCode(socket: Socket): Promise<number> {
  return new Promise((resolve, reject) => {
    let bytes = Buffer.alloc(0);
    socket.on("data", (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      const code = closeIn(bytes);
      if (code !== undefined) resolve(code);
    });
    socket.on("close", () => reject(new Error(`ended after ${bytes.length} bytes`)));
  });
}

/** Reads whole frames up to a close frame. */
function closeIn(bytes: Buffer): number | undefined {
  let at = 0;
  while (at + 4 <= bytes.length) {
    const size = (bytes[at + 1] ?? 0) & 0x7f;
    const head = size === 126 ? 4 : size === 127 ? 10 : 2;
    if (at + head > bytes.length) return undefined;
    const length =
      size === 126 ? bytes.readUInt16BE(at + 2) : size === 127 ? Number(bytes.readBigUInt64BE(at + 2)) : size;
    if (bytes[at] === 0x88) return at + 4 <= bytes.length ? bytes.readUInt16BE(at + 2) : undefined;
    at += head + length;
  }
  return undefined;
}
