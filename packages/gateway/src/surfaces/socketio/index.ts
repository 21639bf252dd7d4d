/** Socket.IO clients on /socket.io/, over WebSocket and polling (S§4). */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { App } from "../../http/app.ts";
import type { Node } from "../../node.ts";
import type { Transport } from "../../transports/transport.ts";
import type { Connection } from "./connection.ts";
import { queryOf } from "./query.ts";
import type { Serving } from "./serving.ts";

const path = "/socket.io/";

export class SocketIoSurface implements Transport {
  readonly name = "socketio";
  readonly upgradePaths = [path];
  readonly #node: Node;
  readonly #connections = new Set<Connection>();
  #serving: Promise<Serving> | undefined;

  constructor(node: Node) {
    this.#node = node;
    node.load.add(this.name, this.#connections);
  }

  openRoutes(app: App): void {
    app.route({
      method: ["GET", "POST"],
      url: path,
      schema: { hide: true },
      // Before anybody reads the body: Socket.IO's server reads and answers by itself.
      onRequest: async ({ raw }, reply) => {
        reply.hijack();
        const { forward } = this.#node;
        const elsewhere = forward?.elsewhere(queryOf(raw).sid, raw);
        if (forward === undefined || elsewhere === undefined) await this.#request(raw, reply.raw);
        // Unknown here as well, which tells the client to begin anew.
        else forward.request(elsewhere, raw, reply.raw, () => void this.#request(raw, reply.raw));
      },
      handler: async () => {},
    });
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { forward } = this.#node;
    const elsewhere = forward?.elsewhere(queryOf(request).sid, request);
    if (forward === undefined || elsewhere === undefined) this.#upgrade(request, socket, head);
    else forward.upgrade(elsewhere, request, socket, head, () => this.#upgrade(request, socket, head));
  }

  async #request(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      (await this.#load()).request(request, response);
    } catch (error) {
      this.#fault(error, response);
    }
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#load()
      .then((serving) => serving.upgrade(request, socket, head))
      .catch((error: unknown) => this.#fault(error, socket));
  }

  close(): void {
    void this.#serving?.then((serving) => serving.close());
  }

  /** Costs nothing until somebody comes. */
  #load(): Promise<Serving> {
    this.#serving ??= import("./serving.ts").then(({ Serving }) => new Serving(this.#node, this.#connections));
    return this.#serving;
  }

  #fault(error: unknown, carrier: { destroy(): void }): void {
    this.#node.log.error({ err: error }, "a fault while serving Socket.IO");
    carrier.destroy();
  }
}
