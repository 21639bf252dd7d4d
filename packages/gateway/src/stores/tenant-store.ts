/**
 * One tenant's part of a store, seen as a store of its own: what another tenant keeps cannot be named through it. Names
 * are changed on the way in and out, so that everything above works with plain names.
 */
import type {
  Appended,
  ChannelInfo,
  Entry,
  Page,
  Register,
  RegisterQuery,
  SavedSnapshot,
  SearchQuery,
  SearchResult,
  Store,
  Trimmed,
} from "@signalbox/core";
import { afterTenants, tenantPrefix } from "./names.ts";

export class TenantStore implements Store {
  readonly #store: Store;
  readonly #prefix: string;

  /** Without a tenant: the default one's part. */
  constructor(store: Store, tenant: string | undefined) {
    this.#store = store;
    this.#prefix = tenantPrefix(tenant);
  }

  get can(): Store["can"] {
    return this.#store.can;
  }

  get epoch(): string {
    return this.#store.epoch;
  }

  append(batch: readonly Entry[]): Promise<Appended[]> {
    if (this.#prefix === "") return this.#store.append(batch);
    return this.#store.append(batch.map((entry) => this.#named(entry)));
  }

  read(channel: string, after: number, limit: number, maxBytes: number): Promise<Page> {
    return this.#store.read(this.#prefix + channel, after, limit, maxBytes);
  }

  trimmed(channel: string, from: number, to: number): Promise<Trimmed> {
    return this.#store.trimmed(this.#prefix + channel, from, to);
  }

  async info(channel: string): Promise<ChannelInfo | undefined> {
    const info = await this.#store.info(this.#prefix + channel);
    return info && this.#plain(info);
  }

  async list(pattern: string, after: string, limit: number): Promise<ChannelInfo[]> {
    // Every name of another tenant comes before those of the default one.
    const from = this.#prefix === "" && after < afterTenants ? afterTenants : this.#prefix + after;
    const found = await this.#store.list(this.#prefix + pattern, from, limit);
    return this.#prefix === "" ? found : found.map((info) => this.#plain(info));
  }

  async loadSnapshot(channel: string, reducer?: string): Promise<SavedSnapshot | undefined> {
    const saved = await this.#store.loadSnapshot(this.#prefix + channel, reducer);
    return saved && this.#plain(saved);
  }

  saveSnapshots(batch: readonly SavedSnapshot[]): Promise<void> {
    return this.#store.saveSnapshots(batch.map((saved) => ({ ...saved, channel: this.#prefix + saved.channel })));
  }

  async register(key: string): Promise<Register | undefined> {
    const found = await this.#store.register(this.#prefix + key);
    return found && this.#plainKey(found);
  }

  async registers(query: RegisterQuery): Promise<Register[]> {
    const { prefix, after } = query;
    const from = this.#prefix === "" && after < afterTenants ? afterTenants : this.#prefix + after;
    const found = await this.#store.registers({ ...query, prefix: this.#prefix + prefix, after: from });
    return this.#prefix === "" ? found : found.map((register) => this.#plainKey(register));
  }

  async search(query: SearchQuery): Promise<SearchResult> {
    if (this.#prefix === "") return this.#store.search(query);
    const channels = (query.channels ?? ["*"]).map((one) => this.#prefix + one);
    const { hits, ...rest } = await this.#store.search({ ...query, channels });
    return { hits: hits.map((hit) => this.#plain(hit)), ...rest };
  }

  /** The whole store's end is not one tenant's to decide. */
  async close(): Promise<void> {}

  #named(entry: Entry): Entry {
    const { register } = entry;
    const named = { ...entry, channel: this.#prefix + entry.channel };
    if (register !== undefined) named.register = { ...register, key: this.#prefix + register.key };
    return named;
  }

  #plainKey(register: Register): Register {
    return { ...register, key: register.key.slice(this.#prefix.length) };
  }

  #plain<Named extends { channel: string }>(named: Named): Named {
    return { ...named, channel: named.channel.slice(this.#prefix.length) };
  }
}
