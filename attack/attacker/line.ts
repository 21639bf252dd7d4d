/** An attacker's connection: a raw socket that says what it likes. */
import { randomBytes } from "node:crypto";
import { connect, isIPv6, type Socket } from "node:net";
import { FrameScanner, opcodes } from "../../bench/load/frames.ts";
import type { Field } from "./field.ts";

/** Beyond this the gateway does not take it: further bytes are not sent, so that the attacker itself stays small. */
const unsentBytes = 262_144;
const errorWithin = 200;

export class Line {
  /** Resolves when the connection is gone, whoever ended it. */
  readonly ended: Promise<void>;
  /** Called once when the upgrade is answered with 101. */
  onUpgraded: () => void = () => {};
  upgraded = false;
  readonly #field: Field;
  readonly #socket: Socket;
  #opened = false;
  #asked = false;
  /** We ended it ourselves, or it was counted already. */
  #done = false;

  constructor(field: Field) {
    this.#field = field;
    const { host, port, from } = field;
    this.#socket = connect({ host, port, noDelay: true, ...(from === undefined ? {} : { localAddress: from }) });
    this.#socket.once("connect", () => {
      this.#opened = true;
      field.tally.opened++;
    });
    const scanner = new FrameScanner((opcode, bytes, start, end) => this.#frame(opcode, bytes, start, end));
    this.#socket.on("data", (bytes) => {
      if (this.upgraded) scanner.read(bytes, 0, bytes.length);
      else this.#http(bytes, scanner);
    });
    this.#socket.on("error", () => this.#socket.destroy());
    this.ended = new Promise((resolve) => {
      this.#socket.once("close", () => {
        this.#count();
        resolve();
      });
    });
  }

  get alive(): boolean {
    return !this.#socket.destroyed;
  }

  /** False, and nothing sent, when the gateway has not taken what was sent before. */
  write(data: string | Uint8Array): boolean {
    if (this.#socket.destroyed || this.#socket.writableLength > unsentBytes) return false;
    this.#socket.write(data);
    return true;
  }

  /** Asks for a WebSocket, with further headers. */
  upgrade(headers: Record<string, string>): void {
    this.#asked = true;
    this.write(upgradeText(this.#field, headers));
  }

  pause(): void {
    this.#socket.pause();
  }

  /** Ends it with a reset. */
  drop(): void {
    this.#done = true;
    this.#socket.resetAndDestroy();
  }

  #http(bytes: Buffer, scanner: FrameScanner): void {
    const text = bytes.toString("latin1");
    for (const [, status = ""] of text.matchAll(/HTTP\/1\.1 (\d{3})/g)) {
      this.#field.tally.answered(status);
      if (status !== "101") continue;
      this.upgraded = true;
      const from = text.indexOf("\r\n\r\n") + 4;
      this.onUpgraded();
      scanner.read(bytes, from, bytes.length);
      return;
    }
  }

  #frame(opcode: number, bytes: Buffer, start: number, end: number): void {
    const { tally } = this.#field;
    if (opcode === opcodes.close) tally.answered(`close ${end - start < 2 ? 1005 : bytes.readUInt16BE(start)}`);
    else if (opcode === opcodes.pong) tally.answered("pong");
    else if (opcode === opcodes.text) {
      const failed = bytes.subarray(start, Math.min(end, start + errorWithin)).includes('"error"');
      tally.answered(failed ? "error" : "message");
    }
  }

  #count(): void {
    if (this.#done) return;
    this.#done = true;
    if (!this.#opened || (this.#asked && !this.upgraded)) this.#field.tally.refused++;
    else this.#field.tally.closed++;
  }
}

/** As the Host header has it. */
export const authority = (host: string, port: number): string =>
  isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;

export function upgradeText({ host, port }: Field, headers: Record<string, string>): string {
  const all: Record<string, string> = {
    host: authority(host, port),
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": randomBytes(16).toString("base64"),
    "sec-websocket-protocol": "signalbox.v1",
    ...headers,
  };
  return ["GET /v1/ws HTTP/1.1", ...Object.entries(all).map(([name, value]) => `${name}: ${value}`), "", ""].join(
    "\r\n",
  );
}

export const bearer = (token: string): { authorization: string } => ({ authorization: `Bearer ${token}` });

/** A line that asks for a WebSocket with a good token at once. */
export function authenticated(field: Field, headers: Record<string, string> = {}): Line {
  const line = new Line(field);
  line.upgrade({ ...bearer(field.token), ...headers });
  return line;
}

/** An HTTP request with a good token. */
export function requestText(
  { host, port, token }: Field,
  start: string,
  body: string | undefined,
  headers: Record<string, string> = {},
): string {
  const all: Record<string, string> = { host: authority(host, port), ...bearer(token), ...headers };
  if (body !== undefined) {
    all["content-type"] ??= "application/json";
    all["content-length"] ??= String(Buffer.byteLength(body));
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return `${[`${start} HTTP/1.1`, ...lines].join("\r\n")}\r\n\r\n${body ?? ""}`;
}
