/** What attacks are tried on: a real gateway in its own process, and bytes sent to it as nobody's client would. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Gateway, startGateway } from "../../support/gateway.ts";
import { bearer } from "../../support/http.ts";

/** Where a gateway listens. */
export interface Address {
  readonly port: number;
  /** `host:port` as its Host header must say. */
  readonly host: string;
}

export interface Target extends Gateway, Address {
  /** Lines of its log that tell of a fault. */
  faults(): string[];
  /** All its channels, and how far each goes: what an attack must not change. */
  state(): Promise<unknown>;
}

/** A gateway that keeps its events in memory unless `config` says otherwise, and logs everything it can. */
export async function startTarget(config: object = {}): Promise<Target> {
  const dataDir = mkdtempSync(join(tmpdir(), "signalbox-target-"));
  const all = { store: "memory", log: { level: "debug" }, ...config };
  writeFileSync(join(dataDir, "signalbox.config.json"), JSON.stringify(all));
  const gateway = await startGateway({ dataDir });
  const stop = async (): Promise<void> => {
    try {
      await gateway.stop();
    } finally {
      rmSync(dataDir, { recursive: true, force: true });
    }
  };
  return {
    ...gateway,
    url: gateway.url,
    port: gateway.port,
    pid: gateway.pid,
    token: gateway.token,
    host: `127.0.0.1:${gateway.port}`,
    stop,
    faults: () =>
      gateway
        .logs()
        .split("\n")
        .filter((line) => /"level":"(error|fatal)"/.test(line)),
    state: async () => {
      const answer = await fetch(`${gateway.url}/v1/channels?limit=1000`, { headers: bearer(gateway.token) });
      const { channels } = (await answer.json()) as { channels: Array<{ channel: string; offset: number }> };
      // What was refused may become an alert: that is the gateway's own word, not the page's.
      return channels.filter(({ channel }) => channel !== "alerts").map(({ channel, offset }) => [channel, offset]);
    },
  };
}

/** The head of a request, each header a line of its own; ends with the empty line. */
export const head = (first: string, headers: Record<string, string>): string =>
  `${first} HTTP/1.1\r\n${Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join("")}\r\n`;

/** An upgrade as every client sends it, with further or other headers. */
export const upgradeHead = (target: Address, headers: Record<string, string> = {}, path = "/v1/ws"): string =>
  head(`GET ${path}`, {
    Host: target.host,
    Connection: "Upgrade",
    Upgrade: "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    ...headers,
  });

export async function open(target: Address): Promise<Socket> {
  const socket = connect(target.port, "127.0.0.1");
  socket.on("error", () => {});
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("close", () => reject(new Error("no connection")));
  });
  return socket;
}

/** Sends bytes, and gives back everything that comes until the gateway ends the connection. */
export async function exchange(target: Address, ...pieces: Array<string | Buffer>): Promise<Buffer> {
  const socket = await open(target);
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  for (const piece of pieces) socket.write(typeof piece === "string" ? Buffer.from(piece, "latin1") : piece);
  await closed;
  return Buffer.concat(chunks);
}

/** The status of an answer's first line; 0 when the connection ended without one. */
export const statusOf = (answer: Buffer | string): number =>
  Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer.toString("latin1"))?.[1] ?? 0);

/** A socket after its upgrade, for frames made by hand. */
export async function upgraded(target: Address, headers: Record<string, string>): Promise<Peer> {
  const socket = await open(target);
  const peer = new Peer(socket);
  socket.write(upgradeHead(target, headers));
  await peer.upgraded;
  return peer;
}

/** A message as the gateway says it. */
export interface Said {
  id?: string;
  type: string;
  data?: Record<string, unknown>;
  channel?: string;
  epoch?: string;
  offset?: number;
  metadata?: { correlationId?: string };
}

/** Reads what a gateway sends as frames, as far as tests need it: they are never masked and never in parts. */
export class Peer {
  readonly socket: Socket;
  readonly upgraded: Promise<string>;
  /** The number in its close frame; 1006 when the connection ended without one. */
  readonly closed: Promise<number>;
  readonly frames: Array<{ opcode: number; payload: Buffer }> = [];
  #bytes = Buffer.alloc(0);
  #headDone = false;
  #wake: Array<() => void> = [];

  constructor(socket: Socket) {
    this.socket = socket;
    let openNow: (head: string) => void = () => {};
    this.upgraded = new Promise((resolve) => {
      openNow = resolve;
    });
    this.closed = new Promise((resolve) => {
      socket.on("data", (chunk: Buffer) => {
        this.#bytes = Buffer.concat([this.#bytes, chunk]);
        if (!this.#headDone) {
          const end = this.#bytes.indexOf("\r\n\r\n");
          if (end < 0) return;
          this.#headDone = true;
          openNow(this.#bytes.subarray(0, end).toString("latin1"));
          this.#bytes = this.#bytes.subarray(end + 4);
        }
        this.#read((number) => resolve(number));
      });
      socket.once("close", () => {
        openNow("");
        resolve(1006);
        for (const wake of this.#wake.splice(0)) wake();
      });
    });
  }

  /** The next text message, from the `from`th frame on, that fits. */
  async message(fits: (message: Said) => boolean): Promise<Said> {
    for (let at = 0; ; at++) {
      while (this.frames.length <= at) {
        if (this.socket.destroyed) throw new Error("the connection ended");
        await new Promise<void>((resolve) => this.#wake.push(resolve));
      }
      const frame = this.frames[at];
      if (frame?.opcode !== 1) continue;
      const message = JSON.parse(frame.payload.toString()) as Said;
      if (fits(message)) return message;
    }
  }

  #read(closed: (number: number) => void): void {
    for (;;) {
      const [first, second] = this.#bytes;
      if (first === undefined || second === undefined) return;
      const short = second & 0x7f;
      const start = short < 126 ? 2 : short === 126 ? 4 : 10;
      if (this.#bytes.length < start) return;
      const length =
        short < 126 ? short : short === 126 ? this.#bytes.readUInt16BE(2) : Number(this.#bytes.readBigUInt64BE(2));
      if (this.#bytes.length < start + length) return;
      const payload = this.#bytes.subarray(start, start + length);
      this.frames.push({ opcode: first & 0x0f, payload });
      if ((first & 0x0f) === 8) closed(payload.length >= 2 ? payload.readUInt16BE(0) : 1005);
      this.#bytes = this.#bytes.subarray(start + length);
      for (const wake of this.#wake.splice(0)) wake();
    }
  }
}

/** A client's frame. A mask of zeros leaves the payload as it is; `length` is what the header says, true or not. */
export function frame(
  first: number,
  payload: Buffer | string,
  options: { length?: bigint; masked?: boolean } = {},
): Buffer {
  const data = Buffer.from(payload);
  const length = options.length ?? BigInt(data.length);
  const mask = options.masked === false ? 0 : 0x80;
  let header: Buffer;
  if (length < 126n) {
    header = Buffer.from([first, mask | Number(length)]);
  } else if (length < 65_536n) {
    header = Buffer.from([first, mask | 126, Number(length >> 8n), Number(length & 0xffn)]);
  } else {
    header = Buffer.alloc(10);
    header[0] = first;
    header[1] = mask | 127;
    header.writeBigUInt64BE(length, 2);
  }
  return Buffer.concat([header, Buffer.alloc(mask === 0 ? 0 : 4), data]);
}

export const text = (message: unknown): Buffer =>
  frame(0x81, typeof message === "string" ? message : JSON.stringify(message));
