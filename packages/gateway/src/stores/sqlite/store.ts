/** The store: channels of `memory` namespaces stay in this thread, all others go to the writer's. */
import {
  type Appended,
  type ChannelInfo,
  type Durability,
  type Entry,
  type NamespaceOptions,
  type Page,
  type Register,
  type RegisterQuery,
  type SavedSnapshot,
  type SearchQuery,
  type SearchResult,
  type Store,
  StoreFailed,
  type Trimmed,
} from "@signalbox/core";
import { storedNamespace } from "../names.ts";
import { unknownNamespace, type VolatileChannels } from "../volatile-channels.ts";
import { AppendQueue } from "./append-queue.ts";
import type { ReadAnswer, WriterAsks } from "./messages.ts";
import type { Search } from "./search.ts";
import type { Thread } from "./thread.ts";

export interface StoreParts {
  epoch: string;
  namespaces: Readonly<Record<string, NamespaceOptions>>;
  writer: Thread<WriterAsks>;
  search: Search;
  volatile: VolatileChannels;
}

/** Milliseconds between the moments at which the threads are told that time has passed. */
const tickMs = 1_000;

export class SqliteStore implements Store {
  readonly can = { search: true };
  readonly epoch: string;
  readonly #namespaces: Readonly<Record<string, NamespaceOptions>>;
  readonly #writer: Thread<WriterAsks>;
  readonly #search: Search;
  readonly #volatile: VolatileChannels;
  readonly #queue: AppendQueue;
  readonly #tick: NodeJS.Timeout;
  #ticking = false;
  #closed: Promise<void> | undefined;

  constructor({ epoch, namespaces, writer, search, volatile }: StoreParts) {
    this.epoch = epoch;
    this.#namespaces = namespaces;
    this.#writer = writer;
    this.#search = search;
    this.#volatile = volatile;
    this.#queue = new AppendQueue({
      epoch,
      fsync: (channel) => this.#durability(channel) === "fsync",
      send: async (ask) => {
        const answer = await writer.ask("append", ask);
        search.through = answer.lastN;
        return answer;
      },
    });
    this.#tick = setInterval(() => this.#onTick(), tickMs);
    this.#tick.unref();
  }

  append(batch: readonly Entry[]): Promise<Appended[]> {
    if (this.#closed !== undefined) return Promise.reject(new StoreFailed("the store is closed"));
    const { writesEnded } = this.#writer;
    if (writesEnded !== undefined) return Promise.reject(new StoreFailed(writesEnded.message));
    return batch.every(({ channel }) => this.#onDisk(channel)) ? this.#queue.append(batch) : this.#appendMixed(batch);
  }

  async read(channel: string, after: number, limit: number, maxBytes: number): Promise<Page> {
    if (this.#inMemory(channel)) return this.#volatile.read(channel, after, limit, maxBytes);
    return this.#pageOf(await this.#writer.ask("read", { channel, after, limit, maxBytes }));
  }

  async trimmed(channel: string, from: number, to: number): Promise<Trimmed> {
    if (this.#inMemory(channel)) return this.#volatile.trimmed(channel, from, to);
    return this.#writer.ask("trimmed", { channel, from, to });
  }

  /** A channel of a `memory` namespace is known before its first event: its epoch is not the store's. */
  async info(channel: string): Promise<ChannelInfo | undefined> {
    if (this.#inMemory(channel)) {
      const untouched = {
        channel,
        epoch: this.#volatile.epoch,
        floor: 1,
        top: 0,
        bytes: 0,
        createdMs: 0,
        updatedMs: 0,
      };
      return this.#volatile.info(channel) ?? untouched;
    }
    const info = await this.#writer.ask("info", { channel });
    return info && { ...info, epoch: this.epoch };
  }

  async list(pattern: string, after: string, limit: number): Promise<ChannelInfo[]> {
    const onDisk = await this.#writer.ask("list", { pattern, after, limit });
    const all = onDisk.map((info) => ({ ...info, epoch: this.epoch }));
    all.push(...this.#volatile.list(pattern, after, limit));
    return all.sort((a, b) => (a.channel < b.channel ? -1 : 1)).slice(0, limit);
  }

  async loadSnapshot(channel: string, reducer?: string): Promise<SavedSnapshot | undefined> {
    if (this.#inMemory(channel)) return this.#volatile.loadSnapshot(channel, reducer);
    const saved = await this.#writer.ask("loadSnapshot", { channel, reducer });
    return saved && { ...saved, epoch: this.epoch };
  }

  async saveSnapshots(batch: readonly SavedSnapshot[]): Promise<void> {
    const onDisk: SavedSnapshot[] = [];
    for (const snapshot of batch) {
      if (this.#inMemory(snapshot.channel)) this.#volatile.save(snapshot);
      else onDisk.push(snapshot);
    }
    if (onDisk.length > 0) await this.#writer.ask("saveSnapshots", { batch: onDisk });
  }

  async register(key: string): Promise<Register | undefined> {
    const inMemory = this.#volatile.register(key);
    if (inMemory !== undefined) return inMemory;
    const found = await this.#writer.ask("register", { key });
    return found && { ...found, epoch: this.epoch };
  }

  async registers(query: RegisterQuery): Promise<Register[]> {
    const found = await this.#writer.ask("registers", query);
    const onDisk = found.map((register) => ({ ...register, epoch: this.epoch }));
    const inMemory = this.#volatile.registers(query);
    if (inMemory.length === 0) return onDisk;
    const all = [...onDisk, ...inMemory].sort((a, b) => (a.key < b.key ? -1 : 1));
    // A page that ended early must not be skipped over.
    const ends = [onDisk, inMemory].filter((page) => page.length > 0).map((page) => page.at(-1)?.key ?? "");
    const whole = Math.min(...ends.map((end) => all.findIndex(({ key }) => key === end))) + 1;
    return all.slice(0, Math.min(query.limit, Math.max(1, whole)));
  }

  search(query: SearchQuery): Promise<SearchResult> {
    return this.#search.search(query);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    clearInterval(this.#tick);
    this.#queue.flush();
    // First, so that nobody reads while the log is brought into the database.
    await this.#search.stop();
    try {
      await this.#writer.ask("close", null);
    } finally {
      await this.#writer.stop();
    }
  }

  #durability(channel: string): Durability | undefined {
    const namespace = storedNamespace(channel);
    return Object.hasOwn(this.#namespaces, namespace) ? this.#namespaces[namespace]?.durability : undefined;
  }

  #inMemory(channel: string): boolean {
    return this.#durability(channel) === "memory";
  }

  #onDisk(channel: string): boolean {
    const durability = this.#durability(channel);
    return durability === "fsync" || durability === "os";
  }

  async #appendMixed(batch: readonly Entry[]): Promise<Appended[]> {
    const onDisk: Entry[] = [];
    // Those in memory at once, or a later batch could overtake them.
    const results = batch.map((entry) => {
      if (this.#inMemory(entry.channel)) return this.#volatile.append(entry);
      if (!this.#onDisk(entry.channel)) return unknownNamespace(entry.channel);
      onDisk.push(entry);
      return undefined;
    });
    const kept = onDisk.length === 0 ? [] : await this.#queue.append(onDisk);
    let next = 0;
    return results.map((result, i) => result ?? kept[next++] ?? unknownNamespace(batch[i]?.channel ?? ""));
  }

  #pageOf({ floor, top, first, types, times, bodies }: ReadAnswer): Page {
    const events = bodies.map((body, i) => ({
      offset: first + i,
      type: types[i] ?? "",
      timestampMs: times[i] ?? 0,
      body,
    }));
    return { epoch: this.epoch, floor, top, events };
  }

  #onTick(): void {
    this.#search.follow();
    if (this.#ticking) return;
    this.#ticking = true;
    const done = (): void => {
      this.#ticking = false;
    };
    // A failure shows in the next append.
    this.#writer.ask("tick", null).then(done, done);
  }
}
