/** What the session machine needs of a way to the gateway: one shape for websocket, sse and poll. */
import type { ControlData, Message, PublishResult } from "@signalbox/protocol";
import type { Access } from "./access.ts";
import type { Clock } from "./clock.ts";
import type { Ladder, Way } from "./ladder.ts";
import type { GatewayFailure, Problem, TransportName } from "./types.ts";

/** A time that does not come. */
export const never = Number.POSITIVE_INFINITY;

/** How long the last way may take to say its first word: slow links must get through somewhere. */
export const lastMs = 20_000;

/** Why a link ended. */
export interface Cause {
  /** A WebSocket close number. */
  code?: number;
  /** What the gateway called it. */
  name?: string;
  /** What HTTP said instead. */
  problem?: Problem;
  /** Nobody answered at all: another way to the same address need not be tried. */
  unreachable?: boolean;
}

/** One message on its way out. */
export interface Outgoing {
  readonly id: string;
  /** JSON. */
  readonly text: string;
}

/** What became of one published event. */
export type Fate = PublishResult | GatewayFailure;

export interface LinkEvents {
  /** What to begin with, asked as soon as it can be sent. `fresh`: some of it was never asked before. */
  opening(): { texts: string[]; fresh: boolean };
  received(messages: readonly Message[]): void;
  /** What became of published events, where that comes another way than messages do. */
  acked(results: readonly Fate[]): void;
  /** Bytes that are no message, such as a comment. */
  alive(): void;
  /** Said once; nothing follows. */
  closed(cause: Cause): void;
}

export interface Link {
  /** At most one frame or request. */
  send(batch: readonly Outgoing[]): void;
  /** Asks `opening` again, where subscriptions cannot change on a running link. */
  restart(): void;
  /** Another token from now on, so that the link outlives the one it began with. */
  renew(token: string | undefined): void;
  /** Ends it; no event follows. */
  close(): void;
}

export interface Dial {
  access: Access;
  token: string | undefined;
  clock: Clock;
  newId(): string;
}

/** Unpacks binary frames. `@signalbox/client/gzip` has one; programs without it do not load it. */
export interface Codec {
  readonly asks: Asks;
  /** Goes between the socket and those who hear from it, keeping the order; `end` when a frame cannot be read. */
  attach(socket: WebSocket, end: (cause: Cause) => void): void;
}

/** What a way says in `connect` beside its name. */
export type Asks = Pick<ControlData["connect"], "chunks" | "compression">;

export interface Transport {
  readonly name: TransportName;
  /** Control messages can be sent at any time. */
  readonly duplex: boolean;
  /** The longest silence of a healthy link, in milliseconds. */
  readonly quietMs: number;
  /** Chooses among several. Ways that come after another bring it, so that a page with one way loads none. */
  readonly ladder?: (ways: readonly Way[]) => Ladder;
  readonly asks?: Asks | undefined;
  open(dial: Dial, events: LinkEvents): Link;
}
