/** The TCP connections of a server, so that stopping need not wait for those that nobody uses. */
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";

export class Connections {
  readonly #open = new Set<Duplex>();
  /** With a request that is not answered yet, or upgraded. */
  readonly #busy = new Set<Duplex>();

  constructor(server: Server) {
    server.on("connection", (socket: Socket) => {
      this.#open.add(socket);
      socket.once("close", () => {
        this.#open.delete(socket);
        this.#busy.delete(socket);
      });
    });
    server.on("request", ({ socket }: IncomingMessage, response: ServerResponse) => {
      this.#busy.add(socket);
      response.once("close", () => this.#busy.delete(socket));
    });
    server.on("upgrade", (_request: IncomingMessage, socket: Duplex) => {
      this.#busy.add(socket);
    });
  }

  /** Also those that were opened ahead and never used, which Node does not count as idle. */
  cutIdle(): void {
    for (const socket of this.#open) if (!this.#busy.has(socket)) socket.destroy();
  }

  cutAll(): void {
    for (const socket of this.#open) socket.destroy();
  }
}
