/** One client connection: a raw socket on loopback, upgraded to WebSocket. */
import { randomBytes } from "node:crypto";
import { connect, isIPv6, type Socket } from "node:net";
import { clientFrame, FrameScanner, opcodes } from "./frames.ts";
import type { Wire } from "./job.ts";

/** One for all sockets: what was read is looked at before the next read. */
const readBytes = 262_144;
const shared = Buffer.allocUnsafeSlow(readBytes);

/** Gets the text, or the binary message, `bytes[start..end)`; the bytes are only its until it returns. */
export type OnText = (bytes: Buffer, start: number, end: number) => void;

export class Connection {
  /** What to do with text frames; replaced at will. */
  onText: OnText = () => {};
  /** Called once when the server ends the connection or the socket fails. */
  onEnd: (why: string) => void = () => {};
  readonly #socket: Socket;
  readonly #scanner: FrameScanner;
  /** The answer to the upgrade while it is not whole; undefined afterwards. */
  #head: string | undefined = "";
  #onUpgraded: (problem: string | undefined) => void = () => {};
  readonly #ping: { text: Buffer; answer: string } | undefined;
  #ended = false;

  /** Resolves once the upgrade is answered with 101. */
  static open(port: number, wire: Wire): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const connection = new Connection(port, wire);
      const refuse = (why: string): void => reject(new Error(`no WebSocket at ${wire.path}: ${why}`));
      connection.onEnd = refuse;
      connection.#onUpgraded = (problem) => (problem === undefined ? resolve(connection) : refuse(problem));
    });
  }

  private constructor(port: number, wire: Wire) {
    this.#scanner = new FrameScanner((opcode, bytes, start, end) => this.#frame(opcode, bytes, start, end));
    this.#ping = wire.ping && { text: Buffer.from(wire.ping.text), answer: wire.ping.answer };
    this.#socket = connect({
      host: wire.host ?? "127.0.0.1",
      port,
      noDelay: true,
      onread: { buffer: shared, callback: (length) => this.#read(length) },
    });
    this.#socket.write(upgradeRequest(port, wire));
    this.#socket.once("error", (error) => this.#end(error.message));
    this.#socket.once("close", () => this.#end("closed"));
  }

  /** Whole frames. The bytes must stay as they are. */
  send(frames: Uint8Array): void {
    this.#socket.write(frames);
  }

  sendText(text: string): void {
    this.send(clientFrame(opcodes.text, Buffer.from(text)));
  }

  /** The next text that contains `expected`; others are passed over. Set `onText` again afterwards. */
  next(expected: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.onEnd = (why) => reject(new Error(`the connection ended (${why}) before ${expected} came`));
      this.onText = (bytes, start, end) => {
        const found = bytes.subarray(start, end).indexOf(expected);
        if (found >= 0) resolve();
      };
    });
  }

  /** Reads no more until `resume`; the kernel takes what fits. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  close(): void {
    this.onEnd = () => {};
    this.#socket.destroy();
  }

  #read(length: number): boolean {
    let from = 0;
    if (this.#head !== undefined) {
      const headBefore = this.#head.length;
      this.#head += shared.toString("latin1", 0, length);
      const end = this.#head.indexOf("\r\n\r\n");
      if (end < 0) return true;
      const status = this.#head.slice(0, this.#head.indexOf("\r\n"));
      from = end + 4 - headBefore;
      this.#head = undefined;
      this.#onUpgraded(/^HTTP\/1\.1 101 /.test(status) ? undefined : status);
    }
    this.#scanner.read(shared, from, length);
    return true;
  }

  #frame(opcode: number, bytes: Buffer, start: number, end: number): void {
    if (opcode === opcodes.text) this.#text(bytes, start, end);
    else if (opcode === opcodes.binary) this.onText(bytes, start, end);
    else if (opcode === opcodes.ping) this.send(clientFrame(opcodes.pong, bytes.subarray(start, end)));
    else if (opcode === opcodes.close) {
      const number = end - start >= 2 ? bytes.readUInt16BE(start) : 1005;
      this.#end(`close ${number} ${bytes.toString("utf8", start + 2, end)}`);
    }
  }

  #text(bytes: Buffer, start: number, end: number): void {
    const ping = this.#ping;
    if (ping && end - start === ping.text.length && bytes.compare(ping.text, 0, ping.text.length, start, end) === 0)
      this.sendText(ping.answer);
    else this.onText(bytes, start, end);
  }

  #end(why: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.onEnd(why);
  }
}

function upgradeRequest(port: number, wire: Wire): string {
  const headers: Record<string, string> = {
    host: isIPv6(wire.host ?? "") ? `[${wire.host}]:${port}` : `127.0.0.1:${port}`,
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": randomBytes(16).toString("base64"),
    ...wire.headers,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return [`GET ${wire.path} HTTP/1.1`, ...lines, "", ""].join("\r\n");
}
