/** WebSocket upgrades: checked like every request, then given to the transport that owns the path. */
import { type IncomingMessage, type Server, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { errorData } from "@signalbox/core";
import type { ErrorData } from "@signalbox/protocol";
import { guard } from "../guard.ts";
import type { Node } from "../node.ts";
import { addressOf } from "./address.ts";
import type { Connections } from "./connections.ts";
import type { Door } from "./door.ts";
import { errorResponse } from "./errors.ts";
import { refuseRequest } from "./front.ts";

export type TakeUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

export function serveUpgrades(
  server: Server,
  node: Node,
  door: Door,
  connections: Connections,
  takers: ReadonlyMap<string, TakeUpgrade>,
): void {
  /** By the whole path, or by the folder that it is in. */
  const takerOf = (path: string): TakeUpgrade | undefined =>
    takers.get(path) ?? [...takers].find(([of]) => of.endsWith("/*") && isBelow(path, of.slice(0, -1)))?.[1];
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // Sockets fail while they are looked at; without a listener that would end the process.
    socket.on("error", destroy);
    const error = refuse(request);
    if (error !== undefined) {
      node.refusals.note(error.name, error.message, addressOf(request, node));
      refuseUpgrade(socket, error);
      return;
    }
    const take = (): void => takerOf(pathOf(request))?.(request, socket, head);
    guard(node.log, "in an upgrade", take, () => socket.destroy());
  });

  const refuse = (request: IncomingMessage): ErrorData | undefined => {
    const error = connections.refuse(request.socket) ?? refuseRequest(door, request, node.forward);
    if (error !== undefined) return error;
    if (request.httpVersion !== "1.1") {
      const rule = "must be HTTP/1.1";
      return errorData("invalid_message", `an upgrade ${rule}`, { path: "", rule });
    }
    if (node.health.draining) return errorData("unavailable", "the gateway is stopping");
    if (takerOf(pathOf(request)) === undefined) return errorData("not_found", "there is no WebSocket at this address");
    return node.load.refuse();
  };
}

/** A function of its own: one made per socket would hold the request, 2 KB of it, as long as the socket lives. */
function destroy(this: Duplex): void {
  this.destroy();
}

const isBelow = (path: string, folder: string): boolean => path.startsWith(folder) && path.length > folder.length;

export const pathOf = ({ url = "" }: IncomingMessage): string => url.split("?", 1)[0] ?? "";

/** Answers instead of upgrading, and ends the connection. */
export function refuseUpgrade(socket: Duplex, error: ErrorData): void {
  const { status, headers, body } = errorResponse(error);
  const lines = Object.entries({ ...headers, "content-length": String(Buffer.byteLength(body)), connection: "close" });
  socket.once("finish", () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n${body}`,
  );
}
