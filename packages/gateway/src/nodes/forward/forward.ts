/**
 * Requests that only one node can answer, passed on to it by the node that they came to: so no load balancer has to send all
 * requests of a client to one place. An id of such a thing begins with the mark of its node. A request is passed on once.
 */
import { type ClientRequest, type IncomingMessage, type RequestOptions, request, type ServerResponse } from "node:http";
import { request as secureRequest } from "node:https";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type Broker, errorData } from "@signalbox/core";
import type { ErrorData, Limits } from "@signalbox/protocol";
import { addressOf, type TrustedProxies } from "../../http/address.ts";
import type { Connections } from "../../http/connections.ts";
import type { Holder, Load } from "../../load.ts";
import type { Log } from "../../log.ts";
import { markOf, type Peers } from "../peers.ts";
import { endToEnd, pairs } from "./headers.ts";
import { Lines } from "./lines.ts";
import { NodeSecret, secretDocument } from "./secret.ts";
import { believed, vouch, vouchingHeader } from "./vouching.ts";

interface ForwardOptions {
  broker: Pick<Broker, "document" | "setDocument">;
  peers: Peers;
  /** Name of this node. */
  self: string;
  limits: Limits;
  proxies: TrustedProxies;
  connections: Pick<Connections, "excuse">;
  load: Pick<Load, "add">;
  log: Log;
  /** Fingerprint of this node's certificate, if it has one. */
  fingerprint(): string | undefined;
}

/** Something on its way between a client and its node. */
interface Passage extends Holder {
  /** Mark of the node. */
  to: string;
  end(): void;
}

/** Mark, dot, and what is different in each. */
const idPattern = /^([A-Za-z0-9_-]{16})\./;
/** Because the peer does not believe this node: what both know of each other may be old. */
const notBelieved = 403;

export class Forward {
  /** What an id of something on this node begins with, before a dot. */
  readonly mark: string;
  readonly #options: ForwardOptions;
  readonly #secret: NodeSecret;
  readonly #lines: Lines;
  readonly #passages = new Set<Passage>();
  readonly #complained = new Set<string>();

  constructor(options: ForwardOptions) {
    this.#options = options;
    this.mark = markOf(options.self);
    this.#secret = new NodeSecret(options.broker, options.log);
    this.#lines = new Lines(options.fingerprint);
    options.load.add("forwarded", this.#passages);
  }

  /** Resolves when requests of other nodes can be believed. */
  begin(): Promise<void> {
    return this.#secret.read();
  }

  documentChanged(name: string): void {
    if (name === secretDocument) void this.#secret.read();
  }

  /** A node is gone: so is what went on there. */
  left(node: string): void {
    const mark = markOf(node);
    for (const passage of [...this.#passages]) if (passage.to === mark) passage.end();
  }

  close(): void {
    for (const passage of [...this.#passages]) passage.end();
    this.#lines.end();
  }

  /**
   * True: a node passes this request on. It has looked at Host and Origin, and the client's address is what it says. False:
   * nobody claims that. An error: somebody does whom this node does not believe.
   */
  accept(incoming: IncomingMessage): boolean | ErrorData {
    const header = incoming.headers[vouchingHeader];
    if (header === undefined) return false;
    const { proxies, connections } = this.#options;
    const secret = this.#secret.now;
    const vouched = secret && believed(secret, String(header), passedOf(incoming), Date.now());
    if (vouched?.to === this.mark) {
      proxies.vouch(incoming, vouched.address);
      // Clients of another node have that node's address here.
      connections.excuse(incoming.socket);
      return true;
    }
    if (vouched === undefined) this.#secret.renew();
    return errorData("forbidden", "no node passed this request on to this one");
  }

  /** Mark of the node that a thing with this id is on; `undefined`: on this one, or on none. */
  elsewhere(id: string | undefined, incoming: IncomingMessage): string | undefined {
    const mark = idPattern.exec(id ?? "")?.[1];
    // Passed on once: never in a circle, whatever nodes believe of each other.
    return mark === this.mark || incoming.headers[vouchingHeader] !== undefined ? undefined : mark;
  }

  /** Answers with what the node answers. Calls `gone`, before anything was answered, where it cannot be asked. */
  request(mark: string, incoming: IncomingMessage, response: ServerResponse, gone: () => void): void {
    let isOver = false;
    let outgoing: ClientRequest | undefined;
    const passage: Passage = {
      to: mark,
      socket: incoming.socket,
      heldBytes: 0,
      shed: () => passage.end(),
      end: () => over(),
    };
    const over = (): void => {
      if (isOver) return;
      isOver = true;
      this.#passages.delete(passage);
      outgoing?.destroy();
      if (outgoing !== undefined) incoming.unpipe(outgoing);
      if (response.headersSent || response.destroyed) response.destroy();
      else gone();
    };
    this.#passages.add(passage);
    response.once("close", () => {
      isOver = true;
      this.#passages.delete(passage);
      outgoing?.destroy();
    });
    void this.#ask(mark, incoming)
      .then((asked) => {
        if (isOver) {
          asked?.destroy();
          return;
        }
        if (asked === undefined) {
          over();
          return;
        }
        outgoing = asked;
        asked.on("error", over);
        asked.on("response", (answer: IncomingMessage) => {
          if (answer.statusCode === notBelieved) {
            this.#doubted(mark);
            over();
            return;
          }
          for (const [name, values] of byName(endToEnd(answer.rawHeaders))) response.setHeader(name, values);
          response.writeHead(answer.statusCode ?? 502);
          answer.on("error", over);
          answer.pipe(response);
        });
        incoming.pipe(asked);
      })
      .catch((error: unknown) => {
        this.#options.log.error({ err: error }, "a fault while passing a request on");
        over();
      });
  }

  /** Bytes go both ways as they come, once the node has answered the upgrade. */
  upgrade(mark: string, incoming: IncomingMessage, socket: Duplex, head: Buffer, gone: () => void): void {
    let isOver = false;
    let isAnswered = false;
    let far: { destroy(): void } | undefined;
    const passage: Passage = {
      to: mark,
      socket: incoming.socket,
      heldBytes: 0,
      shed: () => passage.end(),
      end: () => over(),
    };
    const over = (): void => {
      if (isOver) return;
      isOver = true;
      this.#passages.delete(passage);
      far?.destroy();
      if (isAnswered || socket.destroyed) socket.destroy();
      else gone();
    };
    this.#passages.add(passage);
    socket.once("close", over);
    void this.#ask(mark, incoming, { connection: "Upgrade", upgrade: "websocket" })
      .then((asked) => {
        if (isOver || asked === undefined) {
          asked?.destroy();
          over();
          return;
        }
        far = asked;
        asked.on("error", over);
        asked.on("response", (answer: IncomingMessage) => {
          if (answer.statusCode === notBelieved) {
            this.#doubted(mark);
            over();
            return;
          }
          isAnswered = true;
          socket.write(headOf(answer, [...endToEnd(answer.rawHeaders), "connection", "close"]));
          answer.on("error", over);
          answer.pipe(socket);
        });
        asked.on("upgrade", (answer: IncomingMessage, farSocket: Socket, farHead: Buffer) => {
          isAnswered = true;
          far = farSocket;
          // It is quiet as long as both want it to be: the node at the far end looks for signs of life.
          incoming.socket.setTimeout(0);
          incoming.socket.setNoDelay(true);
          farSocket.setTimeout(0);
          farSocket.on("error", over);
          farSocket.once("close", over);
          socket.write(headOf(answer, answer.rawHeaders));
          socket.write(farHead);
          farSocket.write(head);
          farSocket.pipe(socket);
          socket.pipe(farSocket);
        });
        asked.end();
      })
      .catch((error: unknown) => {
        this.#options.log.error({ err: error }, "a fault while passing an upgrade on");
        over();
      });
  }

  /** `undefined`: the node is not there, or nobody knows where. */
  async #ask(
    mark: string,
    incoming: IncomingMessage,
    more: Record<string, string> = {},
  ): Promise<ClientRequest | undefined> {
    const { peers, limits } = this.#options;
    const node = await peers.find(mark);
    const secret = this.#secret.now;
    if (node === undefined || secret === undefined || incoming.socket.destroyed) return undefined;
    if (node.url === undefined) {
      this.#complain(node.name, "it does not say where it is reached: set nodeUrl there");
      return undefined;
    }
    const place = new URL(node.url);
    const passed = passedOf(incoming);
    const address = addressOf(incoming, this.#options);
    const vouching = vouch(secret, { to: mark, address, atMs: Date.now() }, passed);
    const options: RequestOptions = {
      host: place.hostname.replace(/^\[|\]$/g, ""),
      port: place.port || (place.protocol === "https:" ? 443 : 80),
      method: passed.method,
      path: passed.url,
      agent: this.#lines.of(place),
      headers: [
        ...endToEnd(incoming.rawHeaders, ["host", vouchingHeader]),
        ...["host", place.host, vouchingHeader, vouching],
        ...Object.entries(more).flat(),
      ],
    };
    const outgoing = place.protocol === "https:" ? secureRequest(options) : request(options);
    // A node that lives says something at every heartbeat.
    outgoing.setTimeout(2 * limits.heartbeatMs, () => outgoing.destroy(new Error("it says nothing")));
    outgoing.once("error", ({ message }) => this.#complain(node.name, message));
    return outgoing;
  }

  #doubted(mark: string): void {
    this.#complain(mark, "it does not believe this node: do their clocks agree, and does its url lead to it?");
    this.#secret.renew();
  }

  /** Once of a node and reason. */
  #complain(node: string, why: string): void {
    const text = `${node}: ${why}`;
    if (this.#complained.has(text)) return;
    if (this.#complained.size > 1_000) this.#complained.clear();
    this.#complained.add(text);
    this.#options.log.warn({ node, why }, "a request could not be passed on to its node");
  }
}

const passedOf = ({ method = "", url = "" }: IncomingMessage) => ({ method, url });

/** Of one name there may be several, such as cookies. */
function byName(raw: readonly string[]): Map<string, string[]> {
  const all = new Map<string, string[]>();
  for (const [name, value] of pairs(raw)) all.set(name.toLowerCase(), [...(all.get(name.toLowerCase()) ?? []), value]);
  return all;
}

const headOf = ({ statusCode, statusMessage }: IncomingMessage, raw: readonly string[]): string =>
  `HTTP/1.1 ${statusCode} ${statusMessage}\r\n${pairs(raw)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join("")}\r\n`;
