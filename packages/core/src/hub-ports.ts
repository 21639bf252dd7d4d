/** What the hub asks of its node, and what a connection must be able to do. No promises: each answer is a call. */
import type { CloseName, ErrorName, Limits, Message, Metadata, Position, PublishResult } from "@signalbox/protocol";
import type { Hiding } from "./hide/index.ts";
import type { Hub } from "./hub.ts";
import type { NamespaceOptions } from "./namespaces.ts";
import type { Appended, ChannelInfo, Entry, Page, Register, RegisterQuery, SavedSnapshot, Trimmed } from "./ports.ts";
import type { SharedPublication } from "./publication.ts";
import type { RateLimits } from "./rates/rate-limits.ts";
import type { Redactor } from "./redact/redactor.ts";
import { type Identity, principalKey } from "./rights/identity.ts";
import type { Rights } from "./rights/rights.ts";
import type { StateMessages } from "./states/messages.ts";
import type { Tally } from "./tally.ts";

/** Who a connection speaks for, and what that allows. */
export interface Principal extends Identity {
  readonly rights: Rights;
  /** Tells it from every other principal; as `principalKey` gives it. */
  readonly key: string;
}

export const principalOf = (identity: Identity, rights: Rights): Principal => ({
  ...identity,
  rights,
  key: principalKey(identity),
});

/** Who sends something. */
export interface Actor {
  readonly principal: Principal;
  /** Where from, if that is known: rates may be limited by it. */
  readonly address?: string | undefined;
  /** Key of the principal whose new channels these are, if it is another one. */
  readonly charged?: string;
}

export interface Failure {
  failed: ErrorName;
  message: string;
  details?: Record<string, unknown>;
}

export type Done<Answer> = (answer: Answer | Failure) => void;

export const hasFailed = (answer: object): answer is Failure => "failed" in answer;

/** The node's side of the hub. Answers may come at once or later, and come in the order of the asking. */
export interface HubPorts {
  /** Milliseconds since 1970. */
  nowMs(): number;
  /** Milliseconds of a clock that nobody sets. */
  steadyMs(): number;
  /** Calls back in a later turn of the event loop, once whatever came meanwhile was served. */
  soon(run: () => void): void;
  /** Calls back after about so many milliseconds. */
  after(ms: number, run: () => void): void;
  /** A new id, unique and at most 128 printable characters. */
  newId(): string;
  /** Keeps entries in order. The node also calls `hub.committed` for what was kept, before `done`. */
  append(entries: readonly Entry[], messages: readonly Message[], done: Done<Appended[]>): void;
  /** Other nodes keep events in the same store, and this one hears of those in channels that it is attached to. */
  readonly isShared: boolean;
  /**
   * Makes sure that later commits of the channel reach this node, then says where it stands. `known`: where the hub believes that it
   * stands already; if that is not so, or no longer, the node calls `hub.stands`.
   */
  attach(channel: string, known: Position | undefined, done: Done<ChannelInfo>): void;
  detach(channel: string): void;
  /** To those who watch the channel on other nodes; at most once. `body`: as an entry's. */
  passOn(channel: string, body: string): void;
  /** To the hubs of this tenant on other nodes, `hub.told`; at most once, in order. */
  tell(topic: string, body: string): void;
  read(channel: string, after: number, limit: number, maxBytes: number, done: Done<Page>): void;
  trimmed(channel: string, from: number, to: number, done: Done<Trimmed>): void;
  list(pattern: string, after: string, limit: number, done: Done<ChannelInfo[]>): void;
  loadSnapshot(channel: string, reducer: string | undefined, done: Done<{ saved: SavedSnapshot | undefined }>): void;
  saveSnapshots(batch: readonly SavedSnapshot[]): void;
  register(key: string, done: Done<{ register: Register | undefined }>): void;
  registers(query: RegisterQuery, done: Done<Register[]>): void;
  /** Hex SHA-256 of the text's UTF-8. */
  sha256(text: string): string;
  /** `address`: where the token came from, if that is known. */
  authenticate(token: string, address: string | undefined, done: Done<Principal>): void;
}

/** One connection, as the hub sees it. */
export interface Outbox {
  /** A publication; everybody gets the same object. */
  publication(publication: SharedPublication): void;
  control(message: Message): void;
  /** Folded states; everybody who sees the same gets the same object. */
  states(messages: StateMessages): void;
  /** Bytes given to the outbox that have not gone out yet. The transport calls `session.drained()` when they have. */
  readonly waitingBytes: number;
  /**
   * How many of them may be before deliveries pause, those of class coalesce at three quarters and of latest at half;
   * absent: `limits.outboxBytes`.
   */
  readonly windowBytes?: number;
  /** The peer reads these codecs, and no others: returns those that publications come in from now on. Absent: none. */
  compress?(codecs: readonly string[]): string[];
  /** The client takes large messages in chunks; true if it will get them so. */
  chunk?(): boolean;
  /**
   * The channel of a publication that is being given out in chunks: nothing of the channel, and no gauge that may be
   * large, is taken until it is out. The transport calls `session.drained()` then.
   */
  readonly chunking?: string | undefined;
  close(code: CloseName): void;
  /** Every request so far is answered, and replay has either joined live or waits for the outbox. */
  settled?(): void;
}

/** What the hub knows of event types; made from the catalogue. */
export interface Catalogue {
  checkEvent(type: string, data: unknown): Checked;
  checkControl(type: string, data: unknown): Checked;
  deriveChannel(type: string, data: unknown): string | undefined;
  deliveryOf(type: string): "lossless" | "coalesce" | "latest" | "ephemeral";
  /** Of class latest: which gauge it is, its type included. */
  keyOf(type: string, data: unknown): string;
  tagsOf(type: string, data: unknown, metadata: Metadata | undefined): Readonly<Record<string, string>>;
}

export type Checked = { ok: true } | { ok: false; path: string; rule: string };

/** What became of a step (§9) that somebody took, for who writes down what people do. */
export interface StepOutcome {
  readonly principal: Principal;
  /** Where from, if that is known. */
  readonly address: string | undefined;
  /** The gateway itself took it. */
  readonly isOwn: boolean;
  /** As it is kept; of a refused one as it was sent. */
  readonly type: string;
  readonly data: unknown;
  /** A refused one may name none. */
  readonly channel: string | undefined;
  readonly result: PublishResult;
}

export interface HubOptions {
  /** Name of this node in `connect` answers. */
  node: string;
  version: string;
  limits: Limits;
  namespaces: Readonly<Record<string, NamespaceOptions>>;
  catalogue: Catalogue;
  rates: RateLimits;
  /** Takes secrets out of events; `undefined` where they are to be kept. */
  redactor: Redactor | undefined;
  hiding: Hiding;
  tally: Tally;
  /** Hears of each step once it is kept or refused; not of repeats, nor of what the gateway itself tried in vain. */
  stepped?: ((outcome: StepOutcome) => void) | undefined;
  /** The hub of a principal's tenant, for connections that begin without one. */
  hubOf(principal: Principal): Hub;
}
