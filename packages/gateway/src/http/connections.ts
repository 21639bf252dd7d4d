/** The TCP connections of a server, so that stopping need not wait for those that nobody uses. */
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { Server as TlsServer } from "node:tls";

/** A request may be on its way in a connection that looks unused: it gets so long to arrive. */
const arrivalMs = 200;

export class Connections {
  readonly #open = new Set<Socket>();
  /** With TLS: what the open ones are made on, and those whose handshake goes on. */
  readonly #beneath = new Set<Socket>();
  /** With a request that is not answered yet, or upgraded. */
  readonly #busy = new Set<Duplex>();
  #draining = false;

  constructor(server: Server) {
    const secure = server instanceof TlsServer;
    if (secure) {
      server.on("connection", (socket: Socket) => {
        this.#beneath.add(socket);
        socket.once("close", () => this.#beneath.delete(socket));
      });
    }
    server.on(secure ? "secureConnection" : "connection", (socket: Socket) => {
      this.#open.add(socket);
      socket.once("close", () => {
        this.#open.delete(socket);
        this.#busy.delete(socket);
      });
    });
    server.on("request", ({ socket }: IncomingMessage, response: ServerResponse) => {
      this.#busy.add(socket);
      response.once("close", () => {
        this.#busy.delete(socket);
        if (this.#draining) socket.destroySoon();
      });
    });
    server.on("upgrade", (_request: IncomingMessage, socket: Duplex) => {
      this.#busy.add(socket);
    });
  }

  /** Ends each connection once it is not busy. Node does so only for those that were idle when the server was closed. */
  drain(): void {
    this.#draining = true;
    setTimeout(() => {
      for (const socket of this.#open) if (!this.#busy.has(socket)) socket.destroy();
    }, arrivalMs).unref();
  }

  cut(): void {
    for (const socket of [...this.#open, ...this.#beneath]) socket.destroy();
  }
}
