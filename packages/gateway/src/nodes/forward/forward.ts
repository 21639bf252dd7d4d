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
import { guard } from "../../guard.ts";
import { addressOf, type TrustedProxies } from "../../http/address.ts";
import type { Connections } from "../../http/connections.ts";
import type { Load } from "../../load.ts";
import type { Log } from "../../log.ts";
import { markOf, type Peers } from "../peers.ts";
import { endToEnd, pairs } from "./headers.ts";
import { Lines } from "./lines.ts";
import { Passage } from "./passage.ts";
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
    for (const passage of [...this.#passages]) if (passage.to === mark) passage.broken();
  }

  close(): void {
    for (const passage of [...this.#passages]) passage.broken();
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
    const passage = this.#enter(mark, incoming, response, gone);
    response.once("close", () => passage.done());
    this.#pass(passage, incoming, {}, (outgoing) => {
      outgoing.on("response", (answer: IncomingMessage) => {
        if (!this.#isBelieved(passage, answer)) return;
        for (const [name, values] of byName(endToEnd(answer.rawHeaders))) response.setHeader(name, values);
        response.writeHead(answer.statusCode ?? 502);
        answer.pipe(response);
      });
      incoming.pipe(outgoing);
    });
  }

  /** Bytes go both ways as they come, once the node has answered the upgrade. */
  upgrade(mark: string, incoming: IncomingMessage, socket: Duplex, head: Buffer, gone: () => void): void {
    const passage = this.#enter(mark, incoming, socket, gone);
    socket.once("close", () => passage.done());
    this.#pass(passage, incoming, { connection: "Upgrade", upgrade: "websocket" }, (outgoing) => {
      outgoing.on("response", (answer: IncomingMessage) => {
        if (!this.#isBelieved(passage, answer)) return;
        socket.write(headOf(answer, [...endToEnd(answer.rawHeaders), "connection", "close"]));
        answer.pipe(socket);
      });
      outgoing.on("upgrade", (answer: IncomingMessage, far: Socket, farHead: Buffer) => {
        passage.isAnswered = true;
        passage.far = far;
        // It is quiet as long as both want it to be: the node at the far end looks for signs of life.
        incoming.socket.setTimeout(0);
        incoming.socket.setNoDelay(true);
        far.setTimeout(0);
        far.on("error", () => passage.broken());
        far.once("close", () => passage.broken());
        socket.write(headOf(answer, answer.rawHeaders));
        socket.write(farHead);
        far.write(head);
        far.pipe(socket);
        socket.pipe(far);
      });
      outgoing.end();
    });
  }

  #enter(to: string, { socket }: IncomingMessage, carrier: ServerResponse | Duplex, gone: () => void): Passage {
    const over = (passage: Passage): void => void this.#passages.delete(passage);
    const passage = new Passage({ to, socket, carrier, gone, over });
    this.#passages.add(passage);
    return passage;
  }

  /** Asks the node, and has `begin` do the rest. */
  #pass(
    passage: Passage,
    incoming: IncomingMessage,
    more: Record<string, string>,
    begin: (outgoing: ClientRequest) => void,
  ): void {
    const { log } = this.#options;
    this.#ask(passage.to, incoming, more).then(
      (outgoing) => {
        outgoing?.on("error", ({ message }) => {
          if (!passage.isOver) this.#complain(passage.to, message);
          passage.broken();
        });
        if (outgoing === undefined) passage.broken();
        else if (passage.isOver) outgoing.destroy();
        else {
          passage.far = outgoing;
          guard(
            log,
            "while passing a request on",
            () => begin(outgoing),
            () => passage.broken(),
          );
        }
      },
      (error: unknown) => {
        log.error({ err: error }, "a fault while passing a request on");
        passage.broken();
      },
    );
  }

  /** False: the node does not take this one's word, and the client is told as if it was not there. */
  #isBelieved(passage: Passage, answer: IncomingMessage): boolean {
    answer.on("error", () => passage.broken());
    if (answer.statusCode !== notBelieved) {
      passage.isAnswered = true;
      return true;
    }
    this.#complain(passage.to, "it does not believe this node: do their clocks agree, and does its url lead to it?");
    this.#secret.renew();
    passage.broken();
    return false;
  }

  /** `undefined`: the node is not there, or nobody knows where. */
  async #ask(
    mark: string,
    incoming: IncomingMessage,
    more: Record<string, string>,
  ): Promise<ClientRequest | undefined> {
    const { peers, limits } = this.#options;
    const node = await peers.find(mark);
    const secret = this.#secret.now;
    if (node === undefined || secret === undefined || incoming.socket.destroyed) return undefined;
    if (node.url === undefined) {
      this.#complain(mark, "it does not say where it is reached: set nodeUrl there");
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
    return outgoing;
  }

  /** Once of a node and reason. */
  #complain(mark: string, why: string): void {
    const node = this.#options.peers.nameOf(mark) ?? mark;
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
