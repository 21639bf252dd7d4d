/**
 * What ws keeps to itself: how far a message has come, and how big it may be. It has no hook for the one and no option
 * per connection for the other. ws is pinned to one version, and tests fail should these members ever mean another thing.
 */
import type WebSocket from "ws";

export interface Receiver {
  /** What the next bytes are of; 0 where a frame begins. */
  readonly _state: number;
  /** The opcode of a message that has more fragments to come, else 0. */
  readonly _fragmented: number;
  /** Bytes of a frame that is not whole. */
  readonly _bufferedBytes: number;
  /** Bytes of the fragments that are. */
  readonly _messageLength: number;
  _maxPayload: number;
}

/** Throws if this is another ws than the one that was looked into. */
export function receiverOf(ws: WebSocket): Receiver {
  const receiver: unknown = Reflect.get(ws, "_receiver");
  if (!isReceiver(receiver)) throw new TypeError("this version of ws keeps its receiver in another way");
  return receiver;
}

/** A part of a message has come, the rest has not. */
const isUnfinished = (receiver: Receiver): boolean =>
  receiver._state !== 0 || receiver._fragmented !== 0 || receiver._bufferedBytes > 0;

/**
 * Since when sweeps have seen one and the same message unfinished; undefined: none is under way.
 * @param before What the last sweep was told.
 * @param wholeMs When a message came whole: one that is unfinished since is another.
 */
export function unfinishedSince(
  receiver: Receiver,
  before: number | undefined,
  wholeMs: number,
  nowMs: number,
): number | undefined {
  if (!isUnfinished(receiver)) return undefined;
  return before === undefined || wholeMs >= before ? nowMs : before;
}

/** Bytes of the message that is not whole yet. */
export const unfinishedBytes = (receiver: Receiver): number => receiver._bufferedBytes + receiver._messageLength;

/** From the next frame on. */
export function limitMessages(receiver: Receiver, bytes: number): void {
  receiver._maxPayload = bytes;
}

const members = ["_state", "_fragmented", "_bufferedBytes", "_messageLength", "_maxPayload"];

function isReceiver(value: unknown): value is Receiver {
  if (typeof value !== "object" || value === null) return false;
  return members.every((name) => typeof Reflect.get(value, name) === "number");
}
