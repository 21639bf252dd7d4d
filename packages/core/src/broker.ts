/**
 * How nodes share (DESIGN §5): a store that all of them write to, and what they tell each other beside it. An embedded store has
 * one node, and no broker. Names of channels and keys of registers are those of the store, with the tenant in front.
 */
import type { ChannelInfo, Kept, Register, Store } from "./ports.ts";

export interface Broker extends Store {
  /**
   * Begins to listen, as this node; called once, before anything but reads. Resolves when others can tell it something. Appends
   * and reads of a broker that is out of reach reject with StoreAway.
   */
  begin(about: NodeAbout, events: BrokerEvents): Promise<void>;
  /**
   * From its resolution on, whatever any node keeps in the channel is told to `events.kept`, and what any node passes to
   * `events.passed`. The answer was read after that had begun, so that nothing is between the two. Called again for a channel that
   * is followed, it just says where that stands. `undefined`: untouched, offset 0 of `epoch`.
   */
  follow(channel: string): Promise<ChannelInfo | undefined>;
  unfollow(channel: string): void;
  /**
   * This node has no use for a tenant now. Of a tenant it hears `born` and `registerChanged` from before the first of its channels
   * is followed or listed, or of its registers is read; of the default one (`undefined`) always.
   */
  neglect(tenant: string | undefined): void;
  /** To the nodes that follow the channel, this one excepted; not kept, and lost where a link is down. */
  pass(channel: string, body: string): void;
  /** To all other nodes that listen now, in order; not kept, and lost where a link is down: then they are told `missed`. */
  tell(topic: string, body: string): void;
  /** What the others are to know of this node: a new state or url at once, the rest from its next heartbeat on. */
  describe(load: NodeLoad): void;
  /** Nodes whose heartbeat is not overdue, this one included, by name. */
  nodes(): Promise<NodeInfo[]>;
  /** Tenants that something may be open of, the default one excepted; perhaps more than those. */
  tenants(): Promise<string[]>;
  /** A small document that all nodes share, such as the revocations; `undefined`: there is none. */
  document(name: string): Promise<SharedDocument | undefined>;
  /** Compare and set: false if the version (0: none) is not the kept one. The others are told `documentChanged`. */
  setDocument(name: string, from: number, text: string): Promise<boolean>;
  /** A secret that can be taken once, by any node, within this time: for tickets. */
  deposit(key: string, text: string, ttlMs: number): Promise<void>;
  take(key: string): Promise<string | undefined>;
  /** Rates that all nodes share: see `RateTake`. Answers in order. */
  takeRates(takes: readonly RateTake[]): Promise<RateTaken[]>;
}

export interface NodeAbout {
  /** Unique among those that ever ran. */
  name: string;
  version: string;
  /** Milliseconds since 1970. */
  startedMs: number;
}

export interface NodeLoad {
  /** `stopping`: it takes nobody any more. */
  state: "starting" | "ready" | "stopping";
  /** Where other nodes reach it, such as `http://10.0.0.7:7400`; absent: nowhere. */
  url?: string;
  sessions: number;
  subscriptions: number;
  channels: number;
}

export interface NodeInfo extends NodeAbout, NodeLoad {
  /** Milliseconds since its last heartbeat. */
  silentMs: number;
}

export interface SharedDocument {
  version: number;
  text: string;
}

/** `count` uses of a key's allowance (GCRA): together the nodes get what one node would. */
export interface RateTake {
  key: string;
  /** Events a second, and at once. */
  perSecond: number;
  burst: number;
  count: number;
}

/** `waitMs` 0: it was taken. More: nothing was, and after so long one would be. */
export interface RateTaken {
  waitMs: number;
}

/** A register as another node changed it. `register` absent: it was deleted, or is too large to be told, and has to be read. */
export interface RegisterNews {
  key: string;
  version: number;
  register?: Register;
  deleted?: true;
  open: boolean;
}

export interface BrokerEvents {
  /**
   * An event of a followed channel, whoever kept it, this node too. Each at least once; of one node in order, of several perhaps
   * not, and after a cut link not at all: the offsets tell.
   */
  kept(channel: string, epoch: string, event: Kept): void;
  passed(channel: string, body: string): void;
  told(topic: string, body: string, node: string): void;
  /** The first event of a channel in this epoch was kept by another node. */
  born(channel: string, epoch: string, offset: number): void;
  /** By another node. */
  registerChanged(news: RegisterNews): void;
  documentChanged(name: string): void;
  /**
   * A node is gone: it said so, or its heartbeat is overdue; told once. This one's own name: the others took it for gone while it
   * could not write its heartbeat.
   */
  left(node: string): void;
  /** The link was down: anything above may have been missed, of all channels or of these. */
  missed(channels?: readonly string[]): void;
  /** Whether the store can be reached. Told when it changes; it can be to begin with. */
  reachable(isReachable: boolean, why?: string): void;
}

/**
 * The store cannot be reached now. A write may or may not have been kept: sent again with the same idempotency key or producer
 * sequence it is kept once.
 */
export class StoreAway extends Error {
  override name = "StoreAway";
}

/** A broker's store is shared. */
export const isBroker = (store: Store): store is Broker => "follow" in store;
