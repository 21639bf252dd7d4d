/**
 * What ws keeps to itself of permessage-deflate: how big a message may become, and the inflater, which it keeps from one
 * message to the next. Without context takeover that only saves making another (25 µs), for up to 40 KB per connection.
 */
import type WebSocket from "ws";

export interface Inflater {
  /** Of one message, inflated. */
  _maxPayload: number;
  /** Lets the inflater go; ws makes another when it needs one. */
  cleanup(): void;
}

/** `undefined` where permessage-deflate was not negotiated. Throws if this is another ws than the one that was looked into. */
export function inflaterOf(ws: WebSocket): Inflater | undefined {
  if (ws.extensions === "") return undefined;
  const all: unknown = Reflect.get(ws, "_extensions");
  const found: unknown = typeof all === "object" && all !== null && Reflect.get(all, ws.extensions);
  if (!isInflater(found)) throw new TypeError("this version of ws keeps its inflater in another way");
  return found;
}

const isInflater = (value: unknown): value is Inflater =>
  typeof value === "object" &&
  value !== null &&
  typeof Reflect.get(value, "_maxPayload") === "number" &&
  typeof Reflect.get(value, "cleanup") === "function";
