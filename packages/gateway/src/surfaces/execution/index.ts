/** Executions for simple clients: flat messages on /ws/executions and /ws/executions/{id} (S§3). */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { errorData } from "@signalbox/core";
import { addressOf } from "../../http/address.ts";
import { pathOf, refuseUpgrade } from "../../http/upgrades.ts";
import type { Node } from "../../node.ts";
import type { Transport } from "../../transports/transport.ts";
import { JsonSockets } from "../json-sockets.ts";
import { nameInPath } from "../path.ts";
import { Connection } from "./connection.ts";
import { Directory } from "./directory.ts";
import { Elsewhere } from "./elsewhere.ts";
import { badSince, readSince } from "./inward.ts";

const root = "/ws/executions";

export class ExecutionSurface implements Transport {
  readonly name = "executions";
  readonly upgradePaths = [root, `${root}/*`];
  readonly #sockets: JsonSockets;
  readonly #directory: Directory;

  constructor(node: Node) {
    this.#sockets = new JsonSockets({ name: this.name, protocol: "signalbox.executions.v1", node });
    this.#directory = new Directory(node.others && new Elsewhere(node.others));
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, node: Node): void {
    const path = pathOf(request);
    const id = path === root ? "*" : nameInPath(path, `${root}/`);
    const since = readSince(new URLSearchParams(request.url?.split("?")[1] ?? "").getAll("since"));
    if (id === undefined || since === undefined) {
      const { broken, rule } = id === undefined ? { broken: "/id", rule: "must be an execution's id" } : badSince;
      refuseUpgrade(socket, errorData("invalid_message", `${broken} ${rule}`, { path: broken, rule }));
      return;
    }
    this.#sockets.admit(request, socket, (principal) => {
      this.#sockets.open(request, head, (json) => {
        const address = addressOf(request, node);
        const connection = new Connection({ socket: json, node, principal, address, directory: this.#directory });
        connection.join(`execution:${id}`, since);
        return connection;
      });
    });
  }

  /** Clients are told when to come back, by the hub; their connections end with the gateway's. */
  close(): void {
    this.#sockets.close();
  }
}
