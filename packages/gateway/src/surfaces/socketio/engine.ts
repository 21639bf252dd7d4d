/** What Engine.IO, under Socket.IO, keeps to itself. It is pinned, and tests fail should these members ever mean another thing. */
import { Socket as TcpSocket } from "node:net";
import type { Socket } from "socket.io";

/** A connection of it, on whatever transport. */
export type Engine = Socket["conn"];

/** `undefined`: it polls. */
export const webSocketOf = ({ transport }: Engine): unknown =>
  transport.name === "websocket" ? memberOf(transport, "socket") : undefined;

/** `null` between two polls. */
export function tcpOf(engine: Engine): TcpSocket | null {
  const ws = webSocketOf(engine);
  const socket = ws === undefined ? memberOf(memberOf(engine.transport, "req"), "socket") : memberOf(ws, "_socket");
  return socket instanceof TcpSocket ? socket : null;
}

const memberOf = (of: unknown, name: string): unknown =>
  typeof of === "object" && of !== null ? Reflect.get(of, name) : undefined;
