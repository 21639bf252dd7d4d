/** The TCP connections of a server: how many there may be, and ending those that nobody uses when it stops. */
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { DropArgument, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { Server as TlsServer } from "node:tls";
import { errorData } from "@signalbox/core";
import type { ErrorData, Limits } from "@signalbox/protocol";
import type { Refusals } from "../refusals.ts";
import type { TrustedProxies } from "./address.ts";
import { AddressCounts, countedAs } from "./address-counts.ts";

/** A request may be on its way in a connection that looks unused: it gets so long to arrive. */
const arrivalMs = 200;
/** Over the limit so many connections more are told why their requests are refused; further ones are not taken. */
const toldOf = (connections: number): number => 10 + Math.ceil(connections / 100);
/** Requests of one connection that wait for their answers: each may hold a page of history. */
const requestsWaiting = 16;
const retryAfterMs = 5_000;

export class Connections {
  readonly #limits: Limits;
  readonly #refusals: Refusals;
  readonly #proxies: TrustedProxies;
  /** As TCP has them, also while their TLS handshake goes on: what each one's address counts as, if it does. */
  readonly #tcp = new Map<Socket, string | undefined>();
  /** What HTTP is spoken on, where that is TLS over one of the others. */
  #secured: Set<Socket> | undefined;
  readonly #counts: AddressCounts;
  /** Over the limit: their requests are refused. */
  readonly #surplus = new Set<Duplex>();
  /** How many requests are not answered yet; upgraded ones count as one that never is. */
  readonly #busy = new Map<Duplex, number>();
  /** Answers that are not whole yet. */
  readonly #answers = new Set<ServerResponse>();
  #draining = false;
  /** Bytes of connections that are gone. */
  readonly #gone = { bytesIn: 0, bytesOut: 0 };

  constructor(limits: Limits, refusals: Refusals, proxies: TrustedProxies) {
    this.#limits = limits;
    this.#proxies = proxies;
    this.#refusals = refusals;
    this.#counts = new AddressCounts(limits.connectionsPerAddress);
  }

  /** Bytes that came in and went out since the start, of those that are open and those that are gone. */
  get traffic(): { bytesIn: number; bytesOut: number } {
    let { bytesIn, bytesOut } = this.#gone;
    for (const { bytesRead, bytesWritten } of this.sockets) {
      bytesIn += bytesRead;
      bytesOut += bytesWritten;
    }
    return { bytesIn, bytesOut };
  }

  get size(): number {
    return this.#tcp.size;
  }

  /** What HTTP is spoken on. */
  get sockets(): Iterable<Socket> {
    return this.#secured ?? this.#tcp.keys();
  }

  /** Why a request in this connection is refused, whatever it asks for. */
  refuse(socket: Duplex): ErrorData | undefined {
    if (this.#surplus.size === 0 || !this.#surplus.has(socket)) return undefined;
    const { connections: limit } = this.#limits;
    return errorData("too_many_connections", `this gateway has at most ${limit} connections`, { limit, retryAfterMs });
  }

  /** Of another node: what comes in it counts where it came from. */
  excuse(socket: Socket): void {
    const { remoteAddress, remotePort } = socket;
    // With TLS the one that is counted is below this one.
    const isCounted = this.#tcp.has(socket);
    for (const [one, address] of isCounted ? [[socket, this.#tcp.get(socket)] as const] : this.#tcp) {
      if (address === undefined || one.remotePort !== remotePort || one.remoteAddress !== remoteAddress) continue;
      this.#counts.leave(address);
      this.#tcp.set(one, undefined);
      return;
    }
  }

  serve(server: Server): void {
    const { connections } = this.#limits;
    server.maxConnections = connections + toldOf(connections);
    server.on("drop", (peer?: DropArgument) => {
      this.#refusals.note("too_many_connections", "too many connections", peer?.remoteAddress);
    });
    // One for all: a listener made for each would be memory of each.
    const all = this;
    function closed(this: Socket): void {
      all.#closed(this);
    }
    server.on("connection", (socket: Socket) => {
      if (this.#opened(socket)) socket.on("close", closed);
    });
    if (server instanceof TlsServer) {
      const secured = new Set<Socket>();
      this.#secured = secured;
      server.on("secureConnection", (socket: Socket) => {
        secured.add(socket);
        this.#markSurplus(socket);
        socket.on("close", closed);
      });
    }
    server.on("request", ({ socket }: IncomingMessage, response: ServerResponse) => {
      const waiting = (this.#busy.get(socket) ?? 0) + 1;
      this.#busy.set(socket, waiting);
      this.#answers.add(response);
      if (this.#draining) response.shouldKeepAlive = false;
      response.once("close", () => {
        this.#answers.delete(response);
        this.#answered(socket);
      });
      if (waiting <= requestsWaiting) return;
      this.#refusals.note("overloaded", "too many requests wait in one connection", socket.remoteAddress);
      socket.destroy();
    });
    server.on("upgrade", (_request: IncomingMessage, socket: Duplex) => {
      this.#busy.set(socket, 1);
    });
  }

  /** Ends each connection once it is not busy. Node does so only for those that were idle when the server was closed. */
  drain(): void {
    this.#draining = true;
    // Said in the answer, so that a proxy does not send its next request into a connection that ends.
    for (const response of this.#answers) response.shouldKeepAlive = false;
    setTimeout(() => {
      for (const socket of this.sockets) if (!this.#busy.has(socket)) socket.destroy();
    }, arrivalMs).unref();
  }

  cut(): void {
    for (const socket of [...this.sockets, ...this.#tcp.keys()]) socket.destroy();
  }

  #opened(socket: Socket): boolean {
    const { remoteAddress } = socket;
    // A proxy's connections are its clients', who are counted by what it says of them.
    const address = this.#proxies.trusts(remoteAddress) ? undefined : countedAs(remoteAddress ?? "");
    if (address !== undefined && !this.#counts.enter(address)) {
      this.#refusals.note("too_many_connections", "too many connections of one address", remoteAddress);
      // Nothing of it stays behind, not even in the kernel.
      socket.resetAndDestroy();
      return false;
    }
    this.#tcp.set(socket, address);
    this.#markSurplus(socket);
    return true;
  }

  #markSurplus(socket: Socket): void {
    if (this.#tcp.size > this.#limits.connections) this.#surplus.add(socket);
  }

  #closed(socket: Socket): void {
    // With TLS there is another below it, which counts the same bytes.
    if (this.#secured === undefined || this.#secured.has(socket)) {
      this.#gone.bytesIn += socket.bytesRead;
      this.#gone.bytesOut += socket.bytesWritten;
    }
    const address = this.#tcp.get(socket);
    if (address !== undefined) this.#counts.leave(address);
    this.#tcp.delete(socket);
    this.#secured?.delete(socket);
    this.#surplus.delete(socket);
    this.#busy.delete(socket);
  }

  #answered(socket: Socket): void {
    const waiting = (this.#busy.get(socket) ?? 1) - 1;
    if (waiting > 0) this.#busy.set(socket, waiting);
    else this.#busy.delete(socket);
    if (this.#draining && waiting <= 0) socket.destroySoon();
  }
}
