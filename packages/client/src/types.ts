/** The public shapes of the client. */
import type { Draft, ErrorData, ErrorName, Gap, Position, Publication, Since, Snapshot } from "@signalbox/protocol";
import type { CommandHandle, CommandOptions } from "./command-steps.ts";
import type { Ride, Rider } from "./rider.ts";
import type { Codec } from "./transport.ts";
import type { DraftOf, EventOf, FilterOf } from "./typed-events.ts";

export type TransportName = "websocket" | "sse" | "poll";

export interface ClientOptions {
  /** The gateway, `http(s)://host:port` with an optional path prefix. */
  url: string;
  /**
   * The token, or what fetches one: asked before each connection, before the token's end, and where it was refused. One
   * question at a time.
   */
  token?: string | (() => string | Promise<string>);
  /** Which ways to try, best first. Default: websocket, sse, poll; one name forces it. */
  transports?: readonly TransportName[];
  /** Says who connects, in the gateway's list of connections. */
  name?: string;
  /** What large publications may be compressed with on their way here: `gzip` of `@signalbox/client/gzip`. */
  compression?: Codec | undefined;
  /** How long to wait before trying again: between `minMs` and a most that doubles up to `maxMs`, at random. */
  backoff?: { minMs: number; maxMs: number };
  /** Decides when to connect again; default: always, by `backoff`. `@signalbox/client/reconnection` has others. */
  reconnect?: Reconnect | undefined;
  /** Publishes kept while there is no link; over it `publish` rejects with `queue_full`. */
  queue?: { messages: number; bytes: number };
}

/**
 * Milliseconds until the next attempt, after so many that failed in so long (both 0 when a link that worked was lost);
 * `random` is 0 ≤ x < 1. Infinity: none by itself, until `connect()`.
 */
export type Reconnect = (attempts: number, forMs: number, random: number) => number;

/** Where the link is. Always shown to people. */
export interface LinkState {
  state: "idle" | "connecting" | "live" | "waiting" | "stopped";
  transport: TransportName | undefined;
  /** Connection attempts since the last success, `connect()` or wake-up. */
  attempt: number;
  /** With `waiting`: when the next attempt begins (milliseconds since 1970); undefined: when `connect()` is called. */
  retryAtMs: number | undefined;
  /** Since when there is no link (milliseconds since 1970); undefined while live. */
  offlineSinceMs: number | undefined;
  /** Why the link was lost or stopped; while live, why it will be, such as a token that cannot be renewed. */
  reason: { code: number | undefined; name: string; help: string } | undefined;
  /** Subscriptions still replaying, and publishes waiting for an answer. */
  catchingUp: number;
  queued: number;
  /** Events that were not sent so far because this connection is too slow for them; gaps said which. */
  notSent: number;
}

/** State that changes: `snapshot()` returns the same object until it changed. */
export interface Readable<State> {
  snapshot(): State;
  /** Calls `listener` after each change; returns what stops it. */
  subscribe(listener: () => void): () => void;
}

/** What a watch wants and tells. The types that its filter names are the types of its events. */
export interface WatchOptions<Type extends string = string> {
  /** Default "now". After the first answer the watch keeps its own positions. */
  since?: Since;
  /** For a pattern: where each known channel resumes. */
  positions?: Readonly<Record<string, Position>>;
  filter?: FilterOf<Type>;
  /** Also the folded state: that of the namespace's main reducer, or of the one with this name and no other. */
  snapshot?: boolean | string;
  /** Nothing is left out however slow the link is: what comes is older and older instead. */
  complete?: boolean;
  /** Each publication once, in order. */
  onEvent?(publication: EventOf<Type>): void;
  /** Several at once, where a batch arrived together; called instead of onEvent. */
  onEvents?(publications: ReadonlyArray<EventOf<Type>>): void;
  onSnapshot?: (channel: string, snapshot: Snapshot) => void;
  /** A snapshot was asked for, and the gateway keeps none of this channel: fold it from its first event. */
  onNoSnapshot?: (channel: string) => void;
  /** What is not coming; said once for each gap. */
  onGap?: (channel: string, gap: Gap) => void;
  /** The watch (or one channel of its pattern) changed between replaying and live. */
  onState?: (state: WatchState) => void;
  /** Refused for good: forbidden, unknown namespace … */
  onError?: (error: ErrorData) => void;
}

export interface WatchState {
  status: "offline" | "subscribing" | "catching_up" | "live" | "refused";
  /** Newest position had, of a concrete channel. */
  position: Position | undefined;
  /** Head known so far; with `catching_up`, head − position are still to come. */
  head: number | undefined;
  /** Of a pattern: the gateway's limit cut its channels. */
  truncated?: boolean;
}

export interface Watch {
  readonly channel: string;
  state(): WatchState;
  /** Positions by concrete channel: give them to a later watch to go on from there. */
  positions(): Record<string, Position>;
  stop(): void;
}

/** Folds events into a state; the same function as the gateway's reducer of that name. */
export interface Fold<State> {
  readonly name: string;
  readonly version: number;
  initial(channel: string): State;
  apply(state: State, event: Publication): State;
}

/** A channel's folded state, shared by everybody who asks for the same name. */
export interface ChannelStore<State> extends Readable<ChannelView<State>> {
  readonly channel: string;
}

export interface ChannelView<State> {
  state: State;
  status: WatchState["status"];
  position: Position | undefined;
  /** Gaps seen while folding; the snapshot that came with each has healed the state. */
  gaps: readonly Gap[];
  error: ErrorData | undefined;
}

/** Folded states of all channels of a pattern, by channel. */
export interface PatternView<State> {
  channels: ReadonlyMap<string, State>;
  status: WatchState["status"];
  truncated: boolean;
  error: ErrorData | undefined;
}

export interface Published {
  id: string;
  channel: string;
  epoch: string;
  offset: number | undefined;
  duplicate: boolean;
}

export interface Client {
  readonly link: Readable<LinkState>;
  /** Connects when first needed by itself; call it to connect at once. */
  connect(): void;
  watch<Type extends string = string>(channel: string, options: WatchOptions<Type>): Watch;
  /** For modules that the client can do without: `states` of `@signalbox/client/states`. */
  ride(rider: Rider): Ride;
  /** Same channel and fold → same object. The subscription lasts while it has listeners. */
  channel<State>(channel: string, fold: Fold<State>): ChannelStore<State>;
  pattern<State>(pattern: string, fold: Fold<State>): Readable<PatternView<State>>;
  /**
   * Resolves with the position once the gateway acknowledged. Without a link it waits in the bounded queue; an
   * idempotency key is added unless the draft has one or a producer, so that sending twice keeps one event.
   */
  publish<Type extends string>(draft: DraftOf<Type>): Promise<Published>;
  /** Several in order; each has its own outcome. */
  publishAll(drafts: readonly Draft[]): Promise<Array<Published | GatewayFailure>>;
  /**
   * Tells an agent or a process what to do, or each of a list, or each of a pattern that is at work (at most 1,000). The
   * command outlives a lost link and a restart of the gateway, and is never given twice.
   */
  command(target: string | readonly string[], name: string, args?: unknown, options?: CommandOptions): CommandHandle;
  /** A request to the HTTP API with this client's address and token; rejects with GatewayError. */
  request<Answer>(path: string, init?: { method?: string; body?: unknown; signal?: AbortSignal }): Promise<Answer>;
  /** The same, leaving the answer's body as it is (downloads). */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** Phones and laptops: the network or the page came back; tries at once. */
  wake(): void;
  close(): void;
}

export interface GatewayFailure {
  id: string;
  error: Problem;
}

/** Faults that the client itself finds; their number is 0. All others are rows of spec/codes.json. */
export type ClientErrorName = "queue_full" | "closed" | "unreachable" | "bad_answer" | "token_failed";

/** What went wrong, whoever found it. */
export interface Problem extends Omit<ErrorData, "name"> {
  name: ErrorName | ClientErrorName;
}
