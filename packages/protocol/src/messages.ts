/** The messages of the wire: the envelope every message shares, and the data of the control messages. */
import type { ErrorName } from "./codes.ts";
import type { Position, Since } from "./position.ts";

export interface Metadata {
  /** Version of the event type's schema. */
  version?: string;
  source?: string;
  /** In a reply: the id of the message it answers. */
  correlationId?: string;
  compressed?: boolean;
  /** Publishing twice with one key, within the window, keeps one event. */
  idempotencyKey?: string;
  /** Fences zombies and drops duplicates; seq counts 1, 2, 3 … per channel and epoch. */
  producer?: { id: string; epoch: number; seq: number };
  /** Kept only if the channel's newest event is here; else refused with `head_moved`. */
  expected?: Position;
  /** What filters can select by, beside the type. */
  tags?: Record<string, string>;
  [unknown: string]: unknown;
}

/** One message: `{id, type, timestamp, data, metadata?}`; a publication also has its channel and position. */
export interface Message<Type extends string = string, Data = unknown> {
  id: string;
  type: Type;
  /** Milliseconds since 1970. */
  timestamp: number;
  data: Data;
  metadata?: Metadata;
  channel?: string;
  epoch?: string;
  offset?: number;
  [unknown: string]: unknown;
}

/** A message that is a fact kept in a channel. Ephemeral events have no position. */
export interface Publication<Type extends string = string, Data = unknown> extends Message<Type, Data> {
  channel: string;
  epoch: string;
  offset: number;
}

/** What a sender may leave out; the gateway gives `id` and `timestamp` where they are missing. */
export type Draft = Partial<Message> & { type: string };

/** Which events of a channel a subscription wants; all conditions must hold, one value of each suffices. */
export interface Filter {
  types?: string[];
  tags?: Record<string, string | string[]>;
}

export interface SubscribeData {
  /** A channel or a pattern such as `agent:*`. */
  channel?: string;
  /** Instead of `channel`: resource kind and id, e.g. `agent` and `coder-001`. */
  resource?: string;
  id?: string;
  /** With `resource`: short for filter.types; `status` means `agent_status`. */
  events?: string[];
  /** Default "now". */
  since?: Since;
  /** With a pattern: where each already known channel resumes; the others follow `since`. */
  positions?: Record<string, Position>;
  filter?: Filter;
  /** Also send the channel's folded state: that of its namespace's main reducer, or of the one with this name. */
  snapshot?: boolean | string;
  /** No events but the folded states of its channels, now and whenever they changed. */
  states?: boolean;
  /** Nothing is left out however slowly the client reads: it falls behind instead. */
  complete?: boolean;
  /**
   * Publications come at most so many times a second, together; of class latest only the newest of each key. With `states`
   * so often a changed one is sent: default 4, at most 20.
   */
  maxHz?: number;
  /** How wide this viewer shows frames, in pixels: producers are told the most that anybody wants. */
  maxWidth?: number;
  /** With `states`: later states may come as patches on earlier ones. */
  patches?: boolean;
}

/** One step of a JSON Patch (RFC 6902); the gateway makes no others. Paths are JSON Pointers (RFC 6901). */
export type PatchOperation = { op: "add" | "replace"; path: string; value: unknown } | { op: "remove"; path: string };

/** A channel's folded state after the event at `offset`, whole or as what changed since the one sent at `since`. */
export interface ChannelState {
  channel: string;
  /** The pattern it was asked for by; absent for one that was asked for by its name. */
  pattern?: string;
  reducer: string;
  version: number;
  epoch: string;
  offset: number;
  state?: unknown;
  since?: number;
  patch?: PatchOperation[];
}

/** What is not coming, said instead of silence. */
export interface Gap {
  reason: "trimmed" | "epoch_changed" | "position_beyond_head" | "slow";
  /** The epoch `from` and `to` count in. */
  epoch: string;
  from: number;
  /** Absent when nobody can know how many there were (the epoch changed). */
  to?: number;
  /** Missing events by type; they count from `countsFrom`, at or before `from`. */
  counts?: Record<string, number>;
  countsFrom?: number;
}

/** A reducer's state after the event at `offset`: fold only later events into it. */
export interface Snapshot<State = unknown> {
  reducer: string;
  version: number;
  epoch: string;
  offset: number;
  state: State;
}

export interface SubscriptionUpdate {
  channel: string;
  /** The pattern this channel was joined through. */
  pattern?: string;
  /**
   * subscribed: publications from offset+1 follow. position: everything up to offset was sent or skipped by the
   * filter. gap: `gap` is not coming, publications go on after it. unsubscribed: nothing more follows.
   */
  state: "subscribed" | "position" | "gap" | "unsubscribed";
  epoch: string;
  offset: number;
  /** With `subscribed`: nothing after `since` is missing. */
  recovered?: boolean;
  /** With `subscribed`: the channel's newest offset now; until there it is history that comes. */
  head?: number;
  gap?: Gap;
  snapshot?: Snapshot;
  /** It is about a subscription to states, not to events. */
  states?: boolean;
  /** For a pattern, or with `states`: how many channels it joined, and whether the limit cut that. */
  channels?: number;
  truncated?: boolean;
  /** With `unsubscribed`: why. */
  reason?: string;
}

/** One event's fate, in the order the events were sent. */
export type PublishResult =
  | { id: string; channel: string; epoch: string; offset?: number; duplicate: boolean }
  | { id: string; error: ErrorData };

export interface ErrorData {
  name: ErrorName;
  number: number;
  /** Says what happened, in words. */
  message: string;
  temporary: boolean;
  /** Says what to do. */
  help: string;
  /** path, rule, retryAfterMs, expected … as codes.json says. */
  details?: Record<string, unknown>;
}

/** How a connection fares. */
export interface Health {
  /** Given to it, and not seen to be taken. */
  queuedBytes: number;
  /** How many bytes that may be. */
  windowBytes: number;
  /** How many of its subscriptions are behind their channel. */
  behind: number;
  /** Events it was told in gaps `slow` that it would not get, by delivery class. */
  dropped: { coalesce: number; latest: number };
}

/** A producer is at work on a channel (§12). */
export interface LeaseData {
  channel: string;
  producer: string;
  /** Absent: the producer's next epoch begins. Its own: the lease is renewed. */
  epoch?: number;
  ttlMs?: number;
  /** A running agent that publishes nothing for so long is stuck. */
  progressMs?: number;
  /** Even if another producer holds it. */
  takeOver?: boolean;
  /** With its epoch: the lease ends. */
  release?: boolean;
  /** The demand it knows of: the same is not told at first. */
  demand?: Demand;
  /** From the gateway. */
  state?: "held" | "released" | "lost";
}

/** How many connections watch, and the most that any of them wants; absent: as much as there is. */
export interface Demand {
  viewers: number;
  /** Pixels. */
  maxWidth?: number;
  /** Publications a second. */
  maxHz?: number;
}

/** Somebody who is here. */
export interface PresenceMember {
  memberId: string;
  principal: PrincipalInfo;
  name?: string;
  /** What it looks at and does. */
  state?: Record<string, unknown>;
  /** Since when it is here, milliseconds since 1970. */
  sinceMs: number;
}

/** Being in a channel (§13), and who else is. */
export interface PresenceData {
  channel: string;
  /** Absent: the gateway gives one. */
  memberId?: string;
  name?: string;
  state?: Record<string, unknown>;
  /** The member ends. */
  leave?: boolean;
  /** From the gateway: which state of the channel's members this is. From a client: the one it knows. */
  revision?: string;
  /** From the gateway: the members that are here longest, and how many there are. Absent: as of the revision asked with. */
  members?: PresenceMember[];
  total?: number;
  /** From the gateway, with `leave` and unasked: why the member ended. */
  reason?: string;
}

export interface PrincipalInfo {
  kind: "user" | "agent" | "service";
  id: string;
}

/** The data of each control message. Every other type is an event. */
export interface ControlData {
  connect: {
    client?: string;
    /** From a client: the codecs it reads. From the gateway: those of them that are in force now. */
    compression?: string[];
    /** Answered by the gateway: */
    node?: string;
    version?: string;
    heartbeatMs?: number;
    limits?: Record<string, number>;
    principal?: PrincipalInfo;
    /** Large messages come in chunks. */
    chunks?: boolean;
  };
  disconnect: { reason?: string; reconnectAfterMs?: number };
  ping: Record<string, unknown>;
  /** From the gateway: how this connection fares. */
  pong: Partial<Health>;
  auth_request: { token: string };
  auth_success: { principal: PrincipalInfo; expiresAt?: number };
  auth_failure: ErrorData;
  auth_expiring: { expiresAt: number; closesAt: number };
  subscribe: SubscribeData;
  unsubscribe: { channel: string; states?: boolean };
  subscription_update: SubscriptionUpdate;
  channel_state: ChannelState;
  /** Asked by a producer, and answered with `epoch`, `ttlMs` and `state`. */
  lease: LeaseData;
  /** Asked by whoever is somewhere, and answered with who is there. */
  presence: PresenceData;
  /** From the gateway, to who speaks for the channel's lease. */
  demand: Demand & { channel: string };
  ack: { results: PublishResult[] };
  error: ErrorData;
}

export type ControlType = keyof ControlData;
export type Control<Type extends ControlType = ControlType> = { [T in Type]: Message<T, ControlData[T]> }[Type];

const controlTypes: Record<ControlType, true> = {
  connect: true,
  disconnect: true,
  ping: true,
  pong: true,
  auth_request: true,
  auth_success: true,
  auth_failure: true,
  auth_expiring: true,
  subscribe: true,
  unsubscribe: true,
  subscription_update: true,
  channel_state: true,
  lease: true,
  presence: true,
  demand: true,
  ack: true,
  error: true,
};

export const isControlType = (type: string): type is ControlType => Object.hasOwn(controlTypes, type);
