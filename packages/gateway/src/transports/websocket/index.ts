/** The native transport: /v1/ws, subprotocol signalbox.v1, through the ws library. */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { errorData, type Principal } from "@signalbox/core";
import WebSocket, { WebSocketServer } from "ws";
import { protocolName } from "../../auth/tokens.ts";
import { addressOf } from "../../http/address.ts";
import { AddressCounts, countedAs } from "../../http/address-counts.ts";
import { refuseUpgrade } from "../../http/upgrades.ts";
import type { Node } from "../../node.ts";
import { admitUpgrade, findCredential } from "../../sockets/upgrade.ts";
import type { Transport } from "../transport.ts";
import { Compressor } from "./compressor.ts";
import { Connection } from "./connection.ts";
import { acceptable, deflateOptions } from "./deflate.ts";
import { Writes } from "./writes.ts";

/** Tiny segments of TCP cost far more memory than they bring bytes; so many may wait for the end of their frame. */
const chunksPerFrame = 1_024;
/** A peer that does not answer a close frame for so long is cut off. */
const closeMs = 5_000;

/** What there is to hear goes straight to its connection: a table of listeners would be half a kilobyte of each. */
class Peer extends WebSocket {
  #connection: Connection | undefined;
  #ended: ((connection: Connection) => void) | undefined;

  /** `ended` is called once, when it is closed. */
  attach(connection: Connection, ended: (connection: Connection) => void): void {
    this.#connection = connection;
    this.#ended = ended;
  }

  override emit(event: string | symbol, ...about: unknown[]): boolean {
    const connection = this.#connection;
    if (connection === undefined) return super.emit(event, ...about);
    const [data, binary] = about;
    if (event === "message" && Buffer.isBuffer(data)) connection.message(data, binary === true);
    else if (event === "ping" && Buffer.isBuffer(data)) connection.ping(data);
    else if (event === "pong" && Buffer.isBuffer(data)) connection.pong(data);
    else if (event === "close") this.#ended?.(connection);
    // ws has sent the close frame that an error asks for; the log need not know of every broken client.
    else if (event !== "error") return super.emit(event, ...about);
    return true;
  }
}

/** Made here, where there is nothing else to hold: beside the upgrade it would hold the request, 2 KB, as long as the socket. */
const drainedOf = (connection: Connection) => (): void => connection.drained();

export class WebSocketTransport implements Transport {
  readonly name = "websocket";
  readonly upgradePaths = ["/v1/ws"];
  readonly #server: InstanceType<typeof WebSocketServer<typeof Peer>>;
  readonly #connections = new Set<Connection>();
  readonly #writes: Writes;
  readonly #compressor = new Compressor();
  readonly #deflate: boolean;
  /** WebSockets by address whose token has not come. */
  readonly #pending: AddressCounts;
  /** One for all. */
  readonly #ended = (connection: Connection): void => {
    this.#connections.delete(connection);
    connection.gone();
  };

  /** `deflate`: permessage-deflate may be negotiated. */
  constructor(node: Node, { deflate }: { deflate: boolean }) {
    this.#deflate = deflate;
    this.#pending = new AddressCounts(node.limits.pendingPerAddress);
    this.#writes = new Writes(node.limits.outboxBytes);
    // ws knows closeTimeout; its types do not yet.
    const options: WebSocket.ServerOptions<typeof Peer> & { closeTimeout: number } = {
      noServer: true,
      WebSocket: Peer,
      clientTracking: false,
      perMessageDeflate: deflate && deflateOptions,
      maxPayload: node.limits.frameBytes,
      maxFragments: node.limits.fragments,
      maxBufferedChunks: chunksPerFrame,
      // Answered by the connection, which counts them.
      autoPong: false,
      closeTimeout: closeMs,
      handleProtocols: () => protocolName,
    };
    this.#server = new WebSocketServer(options);
    this.#server.on("wsClientError", (error, socket) => {
      refuseUpgrade(socket, errorData("invalid_message", error.message, { path: "/headers", rule: error.message }));
    });
    node.load.add(this.name, this.#connections);
    node.sweep.add(() => {
      for (const connection of this.#connections) connection.beat();
    });
  }

  /** Publications compressed so far: each at most once for a codec, however many get it. */
  get compressed(): number {
    return this.#compressor.made;
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, node: Node): void {
    const credential = findCredential(request, socket, node, protocolName);
    if (credential === undefined) return;
    const { found } = credential;
    if (found === undefined) this.#openPending(request, socket, head, node);
    else admitUpgrade(request, socket, node, found, (principal) => this.#open(request, head, principal, node));
  }

  close(): void {
    for (const connection of this.#connections) connection.close("going_away");
  }

  /** Its token comes in a message: until then it counts among those of its address that wait. */
  #openPending(request: IncomingMessage, socket: Duplex, head: Buffer, node: Node): void {
    const { pendingPerAddress: limit, authMs } = node.limits;
    const address = countedAs(addressOf(request, node));
    if (!this.#pending.enter(address)) {
      const message = `at most ${limit} connections of one address may wait for their token`;
      node.refusals.note("too_many_connections", message, address);
      refuseUpgrade(socket, errorData("too_many_connections", message, { limit, retryAfterMs: authMs }));
      return;
    }
    const settle = (): void => {
      socket.off("close", settle);
      this.#pending.leave(address);
    };
    socket.on("close", settle);
    this.#open(request, head, undefined, node, settle);
  }

  #open(
    request: IncomingMessage,
    head: Buffer,
    principal: Principal | undefined,
    node: Node,
    admitted?: () => void,
  ): void {
    const { socket, headers } = request;
    // ws takes the first offer it can serve; others than these would need frames of their own.
    if (this.#deflate) headers["sec-websocket-extensions"] = acceptable(headers["sec-websocket-extensions"]);
    this.#server.handleUpgrade(request, socket, head, (ws) => {
      const who = { principal, address: addressOf(request, node), admitted };
      const shared = { node, writes: this.#writes, compressor: this.#compressor };
      const connection = new Connection({ ws, socket, ...shared, ...who });
      ws.attach(connection, this.#ended);
      this.#connections.add(connection);
      socket.on("drain", drainedOf(connection));
    });
  }
}
