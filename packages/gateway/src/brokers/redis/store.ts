/** The store half of the Redis broker: everything of the port `Store`, and what nodes share beside it. */
import {
  type Appended,
  type ChannelInfo,
  type Entry,
  type NamespaceOptions,
  type Page,
  type RateTake,
  type RateTaken,
  type Register,
  type RegisterQuery,
  type SavedSnapshot,
  type SearchResult,
  type SharedDocument,
  type Store,
  StoreFailed,
  type Trimmed,
} from "@signalbox/core";
import { newEpoch } from "../../stores/epoch.ts";
import { Ages } from "./ages.ts";
import { Appending } from "./append.ts";
import { Bounded, type RedisCommands } from "./commands.ts";
import { Documents } from "./documents.ts";
import { type RedisDurability, requireDurability } from "./durability.ts";
import { Keys, type OwnedName, ownedName } from "./keys.ts";
import { Rates } from "./rates.ts";
import { Reads } from "./reads.ts";
import { Registers } from "./registers.ts";
import { Snapshots } from "./snapshots.ts";
import { TenantIndex } from "./tenants.ts";

export interface RedisStoreOptions {
  commands: RedisCommands;
  namespaces: Readonly<Record<string, NamespaceOptions>>;
  /** Milliseconds since 1970: the node's clock, by which retention counts ages. */
  nowMs: () => number;
  /** Before all keys; several gateways can share one Redis by it. */
  prefix: string;
  durability: RedisDurability;
  /** This node's name, which notices carry; known when it begins. */
  node: () => string;
  /** `SPUBLISH` where Pub/Sub is sharded. */
  publish: "PUBLISH" | "SPUBLISH";
  /** Bytes that may wait for Redis; beyond, appends are answered `overloaded`. */
  mostWaitingBytes: number;
}

/** Resolves when the epoch is known; rejects with StoreAway, or where the durability is not to be had. */
export async function openRedisStore(options: RedisStoreOptions): Promise<RedisStore> {
  const store = new RedisStore(options);
  try {
    await store.begin();
  } catch (error) {
    await store.close();
    throw error;
  }
  return store;
}

export class RedisStore implements Store {
  readonly can = { search: false };
  readonly keys: Keys;
  readonly #commands: Bounded;
  readonly #appending: Appending;
  readonly #reads: Reads;
  readonly #registers: Registers;
  readonly #snapshots: Snapshots;
  readonly #documents: Documents;
  readonly #rates: Rates;
  readonly #tenants: TenantIndex;
  readonly #ages: Ages;
  readonly #durability: RedisDurability;
  #epoch = "";
  #isOpen = true;
  #closed: Promise<void> | undefined;

  constructor(options: RedisStoreOptions) {
    const { namespaces, nowMs, durability, node, publish } = options;
    const commands = new Bounded(options.commands, options.mostWaitingBytes);
    const keys = new Keys(options.prefix);
    const seen = ({ before }: OwnedName, epoch: string): void => {
      this.#ages.add(before);
      if (before === "") this.#epoch = epoch;
    };
    const context = { commands, keys, namespaces, nowMs, newEpoch, seen };
    this.keys = keys;
    this.#commands = commands;
    this.#appending = new Appending({ ...context, durability, node, publish });
    this.#reads = new Reads({ ...context, epoch: () => this.#epoch });
    this.#registers = new Registers(commands, keys, this.#reads);
    this.#snapshots = new Snapshots(context);
    this.#documents = new Documents({ commands, keys, node, publish });
    this.#rates = new Rates(commands, keys);
    this.#tenants = new TenantIndex(commands, keys);
    this.#ages = new Ages((pattern, after, limit) => this.#reads.list(pattern, after, limit));
    this.#durability = durability;
  }

  /** Of the default tenant; other tenants may have others, and `info` answers with them. */
  get epoch(): string {
    return this.#epoch;
  }

  async begin(): Promise<void> {
    const own = ownedName("");
    await requireDurability(this.#commands, this.keys.ofTenant(own.tenant)[0] ?? "", this.#durability);
    await this.#reads.root(own);
  }

  async append(batch: readonly Entry[]): Promise<Appended[]> {
    if (!this.#isOpen) throw new StoreFailed("the store is closed");
    const noting = this.#tenants.note(batch);
    if (noting !== undefined) await noting;
    return this.#appending.append(batch);
  }

  read(channel: string, after: number, limit: number, maxBytes: number): Promise<Page> {
    return this.#reads.read(channel, after, limit, maxBytes);
  }

  trimmed(channel: string, from: number, to: number): Promise<Trimmed> {
    return this.#reads.trimmed(channel, from, to);
  }

  info(channel: string): Promise<ChannelInfo | undefined> {
    return this.#reads.info(channel);
  }

  list(pattern: string, after: string, limit: number): Promise<ChannelInfo[]> {
    return this.#reads.list(pattern, after, limit);
  }

  loadSnapshot(channel: string, reducer?: string): Promise<SavedSnapshot | undefined> {
    return this.#snapshots.load(channel, reducer);
  }

  saveSnapshots(batch: readonly SavedSnapshot[]): Promise<void> {
    return this.#snapshots.save(batch);
  }

  register(key: string): Promise<Register | undefined> {
    return this.#registers.get(key);
  }

  registers(query: RegisterQuery): Promise<Register[]> {
    return this.#registers.list(query);
  }

  async search(): Promise<SearchResult> {
    throw Object.assign(new Error("Redis cannot search"), { code: "unsupported" });
  }

  /** Those that ever had a register, the default one excepted. */
  tenants(): Promise<string[]> {
    return this.#tenants.all();
  }

  document(name: string): Promise<SharedDocument | undefined> {
    return this.#documents.get(name);
  }

  setDocument(name: string, from: number, text: string): Promise<boolean> {
    return this.#documents.set(name, from, text);
  }

  deposit(key: string, text: string, ttlMs: number): Promise<void> {
    return this.#documents.deposit(key, text, ttlMs);
  }

  take(key: string): Promise<string | undefined> {
    return this.#documents.take(key);
  }

  takeRates(takes: readonly RateTake[]): Promise<RateTaken[]> {
    return this.#rates.take(takes);
  }

  close(): Promise<void> {
    this.#isOpen = false;
    this.#ages.close();
    this.#closed ??= this.#appending.settled().then(() => this.#commands.close());
    return this.#closed;
  }
}
