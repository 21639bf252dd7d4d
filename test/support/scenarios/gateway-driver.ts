/**
 * Plays the gateway's side of scenarios (spec/scenarios): a real gateway in this process, and a WebSocket to it that
 * knows nothing of the protocol but how binary frames are put together. A line of JSON in, a line of JSON back.
 */
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { gunzipSync } from "node:zlib";
import { ApiKeys, createLog, type Gateway, keysFile, loadConfig, openKeyFile, startGateway } from "@signalbox/gateway";
import { WebSocket } from "ws";

type Fields = Record<string, unknown>;

/** Longer than anything that a scenario waits for, in milliseconds. */
const patienceMs = 10_000;
const gzipKind = 2;
const chunkKind = 3;
const mostChunkBytes = 65_536;

class Conversation {
  readonly #folder = mkdtempSync(join(tmpdir(), "signalbox-scenario-"));
  #lives = 0;
  /** Real tokens by the scenario's names. */
  readonly #tokens = new Map<string, string>();
  readonly #keys: ApiKeys;
  readonly #keyIds = new Map<string, string>();
  #gateway: Gateway | undefined;
  #stopping: Promise<void> | undefined;
  #socket: WebSocket | undefined;
  #came: Fields[] = [];
  #chunks: Buffer[] = [];
  #look = (): void => {};

  constructor() {
    this.#keys = new ApiKeys({ store: openKeyFile(keysFile(this.#folder), () => {}) });
  }

  async begin(tokens: Record<string, { endsInMs?: number }>): Promise<void> {
    for (const [name, { endsInMs }] of Object.entries(tokens)) {
      const end = endsInMs === undefined ? {} : { expiresAtMs: Date.now() + endsInMs };
      const capabilities = [{ channels: "*", verbs: ["admin" as const] }];
      const made = await this.#keys.create({ name, subject: "u1", kind: "user", capabilities, ...end });
      this.#tokens.set(name, made.token);
      this.#keyIds.set(name, made.key.id);
    }
    await this.#start();
  }

  async end(): Promise<void> {
    this.#socket?.terminate();
    await (this.#stopping ?? this.#gateway?.close());
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async dial({ byHeader, offers }: { byHeader: boolean; offers: string[] }): Promise<Fields> {
    this.#came = [];
    this.#chunks = [];
    const headers = byHeader ? { authorization: `Bearer ${this.#gateway?.token}` } : {};
    const url = `${this.#gateway?.url.replace("http", "ws")}/v1/ws`;
    const socket = new WebSocket(url, offers, { headers, perMessageDeflate: false });
    this.#socket = socket;
    socket.on("error", () => {});
    socket.on("message", (data: Buffer, binary) => this.#take(data, binary));
    socket.on("close", (code, reason) => this.#put({ close: { code, reason: String(reason) } }));
    return new Promise((resolve) => {
      socket.once("open", () => resolve({ status: 101 }));
      socket.once("unexpected-response", (request, response) => {
        request.destroy();
        resolve({ status: response.statusCode });
      });
    });
  }

  send(text: string): Fields {
    const message = JSON.parse(text) as { data?: { token?: string } };
    const real = this.#tokens.get(message.data?.token ?? "");
    if (message.data && real !== undefined) message.data.token = real;
    this.#socket?.send(JSON.stringify(message));
    return {};
  }

  async next(): Promise<Fields> {
    const late = new Promise<"late">((resolve) => setTimeout(resolve, patienceMs, "late").unref());
    while (this.#came.length === 0) {
      const came = new Promise<void>((resolve) => {
        this.#look = resolve;
      });
      if ((await Promise.race([came, late])) === "late") throw new Error("nothing came");
    }
    return this.#came.shift() ?? {};
  }

  async close(by: string): Promise<Fields> {
    const socket = this.#socket;
    if (socket && socket.readyState < WebSocket.CLOSED) {
      const closed = once(socket, "close");
      if (by === "client") socket.close();
      else socket.terminate();
      await closed;
    }
    // Its own end is no news.
    this.#came = this.#came.filter(({ close }) => close === undefined);
    return {};
  }

  /** What came and nobody asked for, once everything asked so far was answered. */
  async rest(): Promise<Fields> {
    if (this.#socket?.readyState === WebSocket.OPEN) {
      this.#socket.ping();
      await once(this.#socket, "pong");
    }
    return { left: this.#came };
  }

  async others({ publish, see, stop, start, revoke }: Fields): Promise<Fields> {
    // A long poll: it answers when the channel has something.
    if (see !== undefined) await this.#request(`/v1/channels/${String(see)}/events?wait=10`);
    if (publish !== undefined) await this.#request("/v1/events", { method: "POST", body: JSON.stringify(publish) });
    // It waits for its clients' goodbye.
    if (stop !== undefined) this.#stopping = this.#gateway?.close();
    if (start === "empty") this.#lives++;
    if (start !== undefined) {
      await (this.#stopping ?? this.#gateway?.close());
      this.#stopping = undefined;
      await this.#start();
    }
    if (typeof revoke === "string") await this.#keys.revoke(this.#keyIds.get(revoke) ?? "");
    return {};
  }

  async #request(path: string, init: RequestInit = {}): Promise<void> {
    const headers = { authorization: `Bearer ${this.#gateway?.token}`, "content-type": "application/json" };
    const answer = await fetch(`${this.#gateway?.url}${path}`, { ...init, headers });
    if (!answer.ok) throw new Error(await answer.text());
    await answer.arrayBuffer();
  }

  async #start(): Promise<void> {
    // The first life has the keys; one that forgot everything has its own folder.
    const dataDir = this.#lives === 0 ? this.#folder : join(this.#folder, `life-${this.#lives}`);
    const config = loadConfig({
      flags: {
        ...{ port: 0, dataDir, dashboardDir: "not-built" },
        ...{ adminToken: "scenario-token-scenario-token" },
        namespaces: { brief: { retention: { count: 3 } } },
      },
      env: {},
      cwd: this.#folder,
    });
    this.#gateway = await startGateway(config, { log: createLog({ level: "silent", pretty: false }) });
  }

  /** §3.8, §3.9 */
  #take(data: Buffer, binary: boolean): void {
    const [kind = 0, flags = 0] = data;
    if (!binary) this.#put({ message: JSON.parse(String(data)), as: "text" });
    else if (kind === gzipKind) this.#put({ message: JSON.parse(String(gunzipSync(data.subarray(1)))), as: "gzip" });
    else if (
      kind !== chunkKind ||
      data.length > mostChunkBytes + 2 ||
      (flags & 1) !== Number(this.#chunks.length === 0)
    ) {
      this.#put({
        message: { type: "none" },
        as: `a frame against §3.8: ${data.length} bytes of kind ${kind}, flags ${flags}`,
      });
    } else {
      this.#chunks.push(data.subarray(2));
      if ((flags & 2) === 0) return;
      this.#put({ message: JSON.parse(String(Buffer.concat(this.#chunks))), as: "chunks" });
      this.#chunks = [];
    }
  }

  #put(came: Fields): void {
    this.#came.push(came);
    this.#look();
  }
}

interface Request {
  start?: { tokens: Record<string, { endsInMs?: number }> };
  dial?: { byHeader: boolean; offers: string[] };
  send?: { text: string };
  next?: true;
  close?: { by: string };
  others?: Fields;
  rest?: true;
}

let conversation: Conversation | undefined;

async function answer({ start, dial, send, next, close, others, rest }: Request): Promise<Fields> {
  if (start) {
    await conversation?.end();
    conversation = new Conversation();
    await conversation.begin(start.tokens);
    return {};
  }
  if (!conversation) throw new Error("not started");
  if (dial) return conversation.dial(dial);
  if (send) return conversation.send(send.text);
  if (next) return conversation.next();
  if (close) return conversation.close(close.by);
  if (others) return conversation.others(others);
  if (rest) return conversation.rest();
  throw new Error("an unknown request");
}

for await (const line of createInterface({ input: process.stdin })) {
  const said = await answer(JSON.parse(line) as Request).catch((error: unknown) => ({ failed: String(error) }));
  process.stdout.write(`${JSON.stringify(said)}\n`);
}
await conversation?.end();
