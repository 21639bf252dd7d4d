/** Where the primaries are: one server, the one the sentinels name, or the primaries of a cluster. */
import { StoreAway } from "@signalbox/core";
import { LineGone } from "./line.ts";
import { Link, type LinkOptions } from "./link.ts";
import { type Address, addressText, type RedisPlace, times } from "./options.ts";
import { slotCount } from "./slot.ts";

/** Primaries are called shards: in a cluster by their address, elsewhere there is one, wherever it is. */
export interface Servers {
  /** Rejects when none can be asked now. */
  start(): Promise<void>;
  /** Throws StoreAway while nobody serves the slot. */
  shardOf(slot: number): string;
  /** A link to it, wherever it is now. `LineGone`: there is no such shard any more. */
  open(shard: string): Promise<Link>;
  /** Whether a link to this address still leads to the shard, as far as is known. */
  isAt(shard: string, address: Address): boolean;
  /** Something said that it is not as it was. */
  look(): Promise<void>;
  /** Called when slots have other shards, or a shard is elsewhere. */
  onChange: () => void;
  close(): void;
}

export interface ServersOptions {
  place: RedisPlace;
  link: LinkOptions;
  /** Of the sentinels. */
  sentinelPassword?: string;
}

const only = "primary";

/** A fixed address. */
export class OneServer implements Servers {
  onChange: () => void = () => {};
  readonly #address: Address;
  readonly #link: LinkOptions;

  constructor({ place, link }: ServersOptions) {
    this.#address = first(place.addresses);
    this.#link = link;
  }

  async start(): Promise<void> {}

  shardOf(): string {
    return only;
  }

  open(): Promise<Link> {
    return Link.open(this.#address, this.#link);
  }

  isAt(): boolean {
    return true;
  }

  async look(): Promise<void> {}

  close(): void {}
}

/** Asks the sentinels, again and again, and believes a server only when it says itself that it is the primary. */
export class SentinelServers implements Servers {
  onChange: () => void = () => {};
  readonly #group: string;
  readonly #link: LinkOptions;
  readonly #sentinels: Asked;
  #known = "";

  constructor({ place, link, sentinelPassword }: ServersOptions) {
    this.#group = place.group;
    this.#link = link;
    const { username: _, password: __, ...rest } = link;
    const sentinelLink = sentinelPassword === undefined ? rest : { ...rest, password: sentinelPassword };
    this.#sentinels = new Asked(place.addresses, sentinelLink, times.look.sentinel, () => this.#look());
  }

  start(): Promise<void> {
    return this.#sentinels.start();
  }

  shardOf(): string {
    return only;
  }

  async open(): Promise<Link> {
    const address = await this.#named();
    const link = await Link.open(address, this.#link);
    const role = await link.send(["ROLE"]).catch((error: Error) => {
      link.close();
      throw error;
    });
    if (Array.isArray(role) && role[0] === "master") return link;
    link.close();
    throw new StoreAway(`${addressText(address)} is not the primary yet`);
  }

  isAt(_: string, address: Address): boolean {
    return addressText(address) === this.#known;
  }

  look(): Promise<void> {
    return this.#look();
  }

  close(): void {
    this.#sentinels.close();
  }

  async #look(): Promise<void> {
    const now = addressText(await this.#named());
    if (now === this.#known) return;
    const isFirst = this.#known === "";
    this.#known = now;
    if (!isFirst) this.onChange();
  }

  #named(): Promise<Address> {
    return this.#sentinels.ask(["SENTINEL", "GET-MASTER-ADDR-BY-NAME", this.#group], (answer) => {
      if (!Array.isArray(answer)) throw new StoreAway(`the sentinels know no group ${this.#group}`);
      return { host: String(answer[0]), port: Number(answer[1]) };
    });
  }
}

interface Range {
  from: number;
  to: number;
  shard: string;
}

/** Learns who has which slot from any server of the cluster. */
export class ClusterServers implements Servers {
  onChange: () => void = () => {};
  readonly #link: LinkOptions;
  readonly #asked: Asked;
  #shards = new Map<string, Address>();
  /** Of each slot. */
  readonly #slots = new Array<string | undefined>(slotCount).fill(undefined);
  #map = "";

  constructor({ place, link }: ServersOptions) {
    this.#link = link;
    this.#asked = new Asked(place.addresses, link, times.look.cluster, () => this.look());
  }

  start(): Promise<void> {
    return this.#asked.start();
  }

  shardOf(slot: number): string {
    const shard = this.#slots[slot];
    if (shard === undefined) throw new StoreAway(`no server of the cluster has slot ${slot}`);
    return shard;
  }

  async open(shard: string): Promise<Link> {
    // Its absence says that the map may be old: who has its slots now is asked of the others.
    await this.look().catch(() => {});
    const address = this.#shards.get(shard);
    if (address === undefined) throw new LineGone(`${shard} is no primary any more`);
    return Link.open(address, this.#link);
  }

  isAt(shard: string): boolean {
    return this.#shards.has(shard);
  }

  #looking: Promise<void> | undefined;

  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  close(): void {
    this.#asked.close();
  }

  async #look(): Promise<void> {
    const [ranges, shards] = await this.#asked.ask(["CLUSTER", "SLOTS"], (answer, asked) => {
      const found = new Map<string, Address>();
      const all = (answer as unknown[][]).map(([from, to, primary]): Range => {
        const [host, port] = primary as [string | null, number];
        // Redis leaves the name out where it means itself.
        const address = { host: host || asked.host, port };
        found.set(addressText(address), address);
        return { from: from as number, to: to as number, shard: addressText(address) };
      });
      if (all.length === 0) throw new StoreAway(`the cluster has no slots at ${addressText(asked)}`);
      return [all.sort((a, b) => a.from - b.from), found] as const;
    });
    this.#asked.know([...shards.values()]);
    const map = JSON.stringify(ranges);
    if (map === this.#map) return;
    const isFirst = this.#map === "";
    this.#map = map;
    this.#shards = shards;
    this.#slots.fill(undefined);
    for (const { from, to, shard } of ranges) this.#slots.fill(shard, from, to + 1);
    if (!isFirst) this.onChange();
  }
}

const first = (addresses: readonly Address[]): Address => {
  const [address] = addresses;
  if (address === undefined) throw new Error("a place has at least one address");
  return address;
};

/** Servers that all know the same: one is kept to ask, and where it fails the next. */
class Asked {
  #addresses: readonly Address[];
  readonly #configured: readonly Address[];
  readonly #link: LinkOptions;
  readonly #everyMs: number;
  readonly #look: () => Promise<void>;
  #current: Link | undefined;
  #opening: Promise<Link> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(addresses: readonly Address[], link: LinkOptions, everyMs: number, look: () => Promise<void>) {
    this.#addresses = addresses;
    this.#configured = addresses;
    this.#link = link;
    this.#everyMs = everyMs;
    this.#look = look;
  }

  async start(): Promise<void> {
    await this.#look();
    this.#timer = setInterval(() => void this.#look().catch(() => {}), this.#everyMs).unref();
  }

  /** These are asked too, before those that were configured: they may have gone since. */
  know(addresses: readonly Address[]): void {
    const known = new Map([...addresses, ...this.#configured].map((one) => [addressText(one), one]));
    this.#addresses = [...known.values()];
  }

  /** What `read` makes of the answer; where it throws, the next one is asked. */
  async ask<Result>(words: string[], read: (answer: unknown, asked: Address) => Result): Promise<Result> {
    let why: unknown = new StoreAway("there is nobody to ask");
    for (let attempt = 0; attempt <= this.#addresses.length; attempt++) {
      if (this.#isClosed) break;
      try {
        const link = await this.#kept();
        try {
          return read(await link.send(words), link.address);
        } catch (error) {
          this.#forget(link);
          throw error;
        }
      } catch (error) {
        why = error;
      }
    }
    throw why;
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.#current?.close();
    this.#current = undefined;
  }

  #kept(): Promise<Link> {
    if (this.#current !== undefined) return Promise.resolve(this.#current);
    this.#opening ??= this.#open().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  /** The next one in the row; one that fails goes to its end. */
  async #open(): Promise<Link> {
    const address = first(this.#addresses);
    this.#addresses = [...this.#addresses.slice(1), address];
    const link = await Link.open(address, this.#link);
    if (this.#isClosed) {
      link.close();
      throw new StoreAway("closed");
    }
    link.onLost = () => {
      if (this.#current === link) this.#current = undefined;
    };
    this.#current = link;
    return link;
  }

  #forget(link: Link): void {
    if (this.#current === link) this.#current = undefined;
    link.close();
  }
}
