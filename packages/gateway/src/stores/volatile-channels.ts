/** Channels kept in this process's memory: the whole of the memory store, and the `memory` namespaces of others. */
import type {
  Appended,
  ChannelInfo,
  Entry,
  NamespaceOptions,
  Page,
  Register,
  RegisterQuery,
  SavedSnapshot,
  Trimmed,
} from "@signalbox/core";
import { storedNamespace } from "./names.ts";
import { SortedNames } from "./sorted-names.ts";
import { VolatileChannel } from "./volatile-channel.ts";
import { VolatileRegisters } from "./volatile-registers.ts";

/** Milliseconds between looks at channels that nobody publishes to any more. */
const sweepEveryMs = 60_000;

/** Entries of an undeclared namespace are answered with this. */
export const unknownNamespace = (channel: string): Appended => ({
  ok: false,
  code: "unknown_namespace",
  message: `no options are declared for the namespace of ${channel}`,
});

/** Entries that may not begin a channel are answered with this. */
export const noNewChannel = {
  ok: false,
  code: "rate_limited",
  message: "too many new channels",
  details: { retryAfterMs: 1_000 },
} as const satisfies Appended;

export class VolatileChannels {
  readonly epoch: string;
  readonly #namespaces: Readonly<Record<string, NamespaceOptions>>;
  readonly #nowMs: () => number;
  readonly #channels = new Map<string, VolatileChannel>();
  readonly #names = new SortedNames();
  readonly #registers: VolatileRegisters;
  #sweptMs: number;

  constructor(epoch: string, namespaces: Readonly<Record<string, NamespaceOptions>>, nowMs: () => number) {
    this.epoch = epoch;
    this.#registers = new VolatileRegisters(epoch);
    this.#namespaces = namespaces;
    this.#nowMs = nowMs;
    this.#sweptMs = nowMs();
  }

  append(entry: Entry): Appended {
    const nowMs = this.#nowMs();
    if (Math.abs(nowMs - this.#sweptMs) >= sweepEveryMs) this.#sweep(nowMs);
    const known = this.#channels.get(entry.channel);
    if (known !== undefined) return this.#appendTo(known, entry, nowMs);
    const namespace = storedNamespace(entry.channel);
    const options = Object.hasOwn(this.#namespaces, namespace) ? this.#namespaces[namespace] : undefined;
    if (options === undefined) return unknownNamespace(entry.channel);
    if (entry.mustExist) return noNewChannel;
    const created = new VolatileChannel(entry.channel, this.epoch, options, nowMs);
    const appended = this.#appendTo(created, entry, nowMs);
    if (appended.ok) {
      this.#channels.set(created.name, created);
      this.#names.add(created.name);
    }
    return appended;
  }

  read(channel: string, after: number, limit: number, maxBytes: number): Page {
    const page = this.#fresh(channel)?.read(after, limit, maxBytes);
    return page ?? { epoch: this.epoch, floor: 1, top: 0, events: [] };
  }

  trimmed(channel: string, from: number, to: number): Trimmed {
    return this.#fresh(channel)?.trimmed(from, to) ?? { counts: {}, countsFrom: from };
  }

  info(channel: string): ChannelInfo | undefined {
    return this.#fresh(channel)?.info();
  }

  list(pattern: string, after: string, limit: number): ChannelInfo[] {
    const found: ChannelInfo[] = [];
    const wildcard = pattern.endsWith("*");
    const prefix = wildcard ? pattern.slice(0, -1) : pattern;
    for (const name of this.#names.from(prefix, after)) {
      if (found.length >= limit || (!wildcard && name !== pattern)) break;
      const info = this.info(name);
      if (info !== undefined) found.push(info);
    }
    return found;
  }

  register(key: string): Register | undefined {
    return this.#registers.get(key);
  }

  registers(query: RegisterQuery): Register[] {
    return this.#registers.list(query);
  }

  loadSnapshot(channel: string, reducer?: string): SavedSnapshot | undefined {
    return this.#channels.get(channel)?.saved(reducer);
  }

  save(snapshot: SavedSnapshot): void {
    this.#channels.get(snapshot.channel)?.save(snapshot);
  }

  #appendTo(channel: VolatileChannel, entry: Entry, nowMs: number): Appended {
    const { register } = entry;
    if (register === undefined) return channel.append(entry, nowMs);
    const appended = channel.append(entry, nowMs, () => this.#registers.refusal(register));
    if (appended.ok && !appended.duplicate) this.#registers.change(register, appended.offset, nowMs);
    return appended;
  }

  /** A channel without what has become too old. */
  #fresh(name: string): VolatileChannel | undefined {
    const channel = this.#channels.get(name);
    channel?.trim(this.#nowMs());
    return channel;
  }

  #sweep(nowMs: number): void {
    this.#sweptMs = nowMs;
    for (const channel of this.#channels.values()) channel.trim(nowMs);
  }
}
