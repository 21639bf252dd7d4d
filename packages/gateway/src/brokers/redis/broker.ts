/** The port `Broker` over Redis: the store, and the node's part beside it. */
import {
  type Appended,
  type Broker,
  type BrokerEvents,
  type ChannelInfo,
  type Entry,
  type NodeAbout,
  type NodeInfo,
  type NodeLoad,
  type Page,
  type RateTake,
  type RateTaken,
  type Register,
  type RegisterQuery,
  type SavedSnapshot,
  type SearchResult,
  type SharedDocument,
  StoreAway,
  type Trimmed,
} from "@signalbox/core";
import { tenantPrefix } from "../../stores/names.ts";
import type { Connection } from "./connection.ts";
import { ownedName } from "./keys.ts";
import type { PubSubKind } from "./link.ts";
import { NodeSide } from "./node-side.ts";
import type { Reach } from "./reach.ts";
import type { Servers } from "./servers.ts";
import type { RedisStore } from "./store.ts";

export interface RedisBrokerParts {
  store: RedisStore;
  servers: Servers;
  connection: Connection;
  reach: Reach;
  kind: PubSubKind;
  /** The node's name, for the store; known when it begins. */
  naming: { node: string };
  heartbeat?: { everyMs: number; overdueMs: number };
}

export class RedisBroker implements Broker {
  readonly #parts: RedisBrokerParts;
  #side: NodeSide | undefined;
  #closed: Promise<void> | undefined;

  constructor(parts: RedisBrokerParts) {
    this.#parts = parts;
    parts.servers.onChange = () => {
      parts.connection.moved();
      this.#side?.moved();
    };
  }

  get can(): { search: boolean } {
    return this.#parts.store.can;
  }

  get epoch(): string {
    return this.#parts.store.epoch;
  }

  async begin(about: NodeAbout, events: BrokerEvents): Promise<void> {
    const { store, servers, connection, reach, naming, kind, heartbeat } = this.#parts;
    naming.node = about.name;
    reach.listen((isReachable, why) => events.reachable(isReachable, why));
    const side = new NodeSide({
      ...{ about, events, servers, connection, keys: store.keys, kind, reach },
      ...(heartbeat === undefined ? {} : { heartbeat }),
    });
    this.#side = side;
    await side.begin();
  }

  async follow(channel: string): Promise<ChannelInfo | undefined> {
    const { store } = this.#parts;
    if (this.#side === undefined) throw new StoreAway("the node has not begun");
    const attending = this.#side.attend(ownedName(channel));
    await this.#side.follow(channel);
    await attending;
    return store.info(channel);
  }

  unfollow(channel: string): void {
    this.#side?.unfollow(channel);
  }

  neglect(tenant: string | undefined): void {
    if (tenant !== undefined) this.#side?.neglect(ownedName(tenantPrefix(tenant)));
  }

  pass(channel: string, body: string): void {
    this.#side?.pass(channel, body);
  }

  tell(topic: string, body: string): void {
    this.#side?.tell(topic, body);
  }

  describe(load: NodeLoad): void {
    this.#side?.describe(load);
  }

  async nodes(): Promise<NodeInfo[]> {
    return this.#side?.nodes() ?? [];
  }

  tenants(): Promise<string[]> {
    return this.#parts.store.tenants();
  }

  document(name: string): Promise<SharedDocument | undefined> {
    return this.#parts.store.document(name);
  }

  setDocument(name: string, from: number, text: string): Promise<boolean> {
    return this.#parts.store.setDocument(name, from, text);
  }

  deposit(key: string, text: string, ttlMs: number): Promise<void> {
    return this.#parts.store.deposit(key, text, ttlMs);
  }

  take(key: string): Promise<string | undefined> {
    return this.#parts.store.take(key);
  }

  takeRates(takes: readonly RateTake[]): Promise<RateTaken[]> {
    return this.#parts.store.takeRates(takes);
  }

  append(batch: readonly Entry[]): Promise<Appended[]> {
    return this.#parts.store.append(batch);
  }

  read(channel: string, after: number, limit: number, maxBytes: number): Promise<Page> {
    return this.#parts.store.read(channel, after, limit, maxBytes);
  }

  trimmed(channel: string, from: number, to: number): Promise<Trimmed> {
    return this.#parts.store.trimmed(channel, from, to);
  }

  info(channel: string): Promise<ChannelInfo | undefined> {
    return this.#parts.store.info(channel);
  }

  async list(pattern: string, after: string, limit: number): Promise<ChannelInfo[]> {
    await this.#heed(pattern);
    return this.#parts.store.list(pattern, after, limit);
  }

  loadSnapshot(channel: string, reducer?: string): Promise<SavedSnapshot | undefined> {
    return this.#parts.store.loadSnapshot(channel, reducer);
  }

  saveSnapshots(batch: readonly SavedSnapshot[]): Promise<void> {
    return this.#parts.store.saveSnapshots(batch);
  }

  async register(key: string): Promise<Register | undefined> {
    await this.#heed(key);
    return this.#parts.store.register(key);
  }

  async registers(query: RegisterQuery): Promise<Register[]> {
    await this.#heed(query.prefix);
    return this.#parts.store.registers(query);
  }

  search(): Promise<SearchResult> {
    return this.#parts.store.search();
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const { store, servers, connection } = this.#parts;
    await store.close();
    await this.#side?.close();
    connection.close();
    servers.close();
  }

  /** What is read here is told when it changes: from before it is read. */
  async #heed(name: string): Promise<void> {
    await this.#side?.attend(ownedName(name));
  }
}
