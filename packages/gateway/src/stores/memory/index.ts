/** The memory store: nothing is kept beyond this process. */
import {
  type Appended,
  type ChannelInfo,
  type Entry,
  type NamespaceOptions,
  type Page,
  type Register,
  type RegisterQuery,
  type SavedSnapshot,
  type SearchResult,
  type Store,
  StoreFailed,
  type Trimmed,
} from "@signalbox/core";
import { newEpoch } from "../epoch.ts";
import { VolatileChannels } from "../volatile-channels.ts";

export interface MemoryStoreOptions {
  namespaces: Readonly<Record<string, NamespaceOptions>>;
  /** Milliseconds since 1970. */
  nowMs: () => number;
  /** Random unless given. */
  epoch?: string;
}

export const openMemoryStore = (options: MemoryStoreOptions): Store => new MemoryStore(options);

class MemoryStore implements Store {
  readonly can = { search: false };
  readonly #channels: VolatileChannels;
  #open = true;

  constructor({ namespaces, nowMs, epoch }: MemoryStoreOptions) {
    this.#channels = new VolatileChannels(epoch ?? newEpoch(), namespaces, nowMs);
  }

  get epoch(): string {
    return this.#channels.epoch;
  }

  async append(batch: readonly Entry[]): Promise<Appended[]> {
    if (!this.#open) throw new StoreFailed("the memory store is closed");
    return batch.map((entry) => this.#channels.append(entry));
  }

  async read(channel: string, after: number, limit: number, maxBytes: number): Promise<Page> {
    return this.#channels.read(channel, after, limit, maxBytes);
  }

  async trimmed(channel: string, from: number, to: number): Promise<Trimmed> {
    return this.#channels.trimmed(channel, from, to);
  }

  async info(channel: string): Promise<ChannelInfo | undefined> {
    return this.#channels.info(channel);
  }

  async list(pattern: string, after: string, limit: number): Promise<ChannelInfo[]> {
    return this.#channels.list(pattern, after, limit);
  }

  async loadSnapshot(channel: string, reducer?: string): Promise<SavedSnapshot | undefined> {
    return this.#channels.loadSnapshot(channel, reducer);
  }

  async saveSnapshots(batch: readonly SavedSnapshot[]): Promise<void> {
    for (const snapshot of batch) this.#channels.save(snapshot);
  }

  async register(key: string): Promise<Register | undefined> {
    return this.#channels.register(key);
  }

  async registers(query: RegisterQuery): Promise<Register[]> {
    return this.#channels.registers(query);
  }

  async search(): Promise<SearchResult> {
    throw Object.assign(new Error("the memory store cannot search"), { code: "unsupported" });
  }

  async close(): Promise<void> {
    this.#open = false;
  }
}
