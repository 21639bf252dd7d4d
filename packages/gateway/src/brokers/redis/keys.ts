/**
 * Names in Redis. All keys of a tenant have the tenant as their hash tag, so that one script can change them together in a
 * Cluster too. Two names never become one key (A42): what could be mistaken for structure is escaped, and nothing a user
 * chose is ever a pattern.
 */
import { createHash } from "node:crypto";

/** What stands for itself: no separator of tags, no wildcard, no control character, nothing that sorts before `%`. */
const plain = /^[A-Za-z0-9._~:/@+=,-]*$/;
const plainCharacter = /[A-Za-z0-9._~:/@+=,-]/;

const hex = (byte: number): string => byte.toString(16).toUpperCase().padStart(2, "0");

/** Injective, one character after the other: the encoding of a prefix is a prefix of the encoding. Plain ASCII comes out. */
export function encodeName(name: string): string {
  if (plain.test(name)) return name;
  let encoded = "";
  for (const character of name) encoded += plainCharacter.test(character) ? character : escaped(character);
  return encoded;
}

function escaped(character: string): string {
  // A surrogate without its other half has no UTF-8. No byte is written with a `u`.
  if (/^[\ud800-\udfff]$/.test(character)) return `%u${character.charCodeAt(0).toString(16).toUpperCase()}`;
  return Buffer.from(character).reduce((text, byte) => `${text}%${hex(byte)}`, "");
}

const escapes = /%u([0-9A-F]{4})|((?:%[0-9A-F]{2})+)/g;

export const decodeName = (encoded: string): string =>
  encoded.includes("%")
    ? encoded.replace(escapes, (_, unit: string | undefined, bytes: string) =>
        unit === undefined
          ? Buffer.from(bytes.replaceAll("%", ""), "hex").toString()
          : String.fromCharCode(Number.parseInt(unit, 16)),
      )
    : encoded;

/** Tags that are no tenant's begin with `!`, which is in no encoded name. An empty tag would be none. */
const defaultTenant = "!";
const emptyTenant = "!empty";

/** A stored name without its tenant: `!TENANT!NAME`, or the default tenant's, which has none (stores/names.ts). */
export interface OwnedName {
  /** Encoded. */
  tenant: string;
  /** What stands before the tenant's names; empty for the default one. */
  before: string;
  name: string;
}

const mark = "!";

export function ownedName(stored: string): OwnedName {
  const end = stored.startsWith(mark) ? stored.indexOf(mark, 1) : -1;
  if (end < 0) return { tenant: defaultTenant, before: "", name: stored };
  return {
    tenant: encodeName(stored.slice(1, end)) || emptyTenant,
    before: stored.slice(0, end + 1),
    name: stored.slice(end + 1),
  };
}

/** What a script is given of a channel, in the order in which lua/channel.lua counts them. */
const channelKinds = ["meta", "events", "keys", "order", "producers", "trims", "snapshots"] as const;
export type ChannelKind = (typeof channelKinds)[number];

/** What a script is given of a tenant: first the root with the index of channels, then what belongs to registers. */
const tenantKinds = ["root", "registers", "names", "open", "closed"] as const;

/** Parts over which tickets and rates are spread in a Cluster. */
const parts = 64;

/** FNV-1a: spreads, and is the same on every node. */
function partOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % parts;
}

/** Several gateways can share one Redis by different prefixes. */
const prefixes = /^[A-Za-z0-9._-]{1,64}$/;

export class Keys {
  readonly #prefix: string;

  /** Throws RangeError for a prefix with other characters than `[A-Za-z0-9._-]`. */
  constructor(prefix: string) {
    if (!prefixes.test(prefix)) throw new RangeError(`a prefix in Redis is [A-Za-z0-9._-]{1,64}, not ${prefix}`);
    this.#prefix = prefix;
  }

  channel({ tenant, name }: OwnedName, kind: ChannelKind): string {
    return `${this.#prefix}:{${tenant}}:${kind}:${encodeName(name)}`;
  }

  /** All of a channel, in the order that scripts count on. */
  ofChannel(owned: OwnedName): string[] {
    return channelKinds.map((kind) => this.channel(owned, kind));
  }

  /** All of a tenant that is not a channel's, in the order that scripts count on. */
  ofTenant(tenant: string): string[] {
    return tenantKinds.map((kind) => `${this.#prefix}:{${tenant}}:${kind}`);
  }

  /** A Pub/Sub channel: the events of a channel as they are kept. */
  live({ tenant, name }: OwnedName): string {
    return `${this.#prefix}:{${tenant}}:live:${encodeName(name)}`;
  }

  /** A Pub/Sub channel: what all nodes should hear of a tenant. */
  notices(tenant: string): string {
    return `${this.#prefix}:{${tenant}}:notices`;
  }

  /** A Pub/Sub channel: what all nodes should hear, whoever the tenant is. */
  everywhere(): string {
    return `${this.#prefix}:{!all}:notices`;
  }

  tenants(): string {
    return `${this.#prefix}:{!all}:tenants`;
  }

  /** In the slot of `everywhere`, where its change is told. */
  document(name: string): string {
    return `${this.#prefix}:{!all}:document:${encodeName(name)}`;
  }

  /** A hash: the heartbeat of each node. */
  nodes(): string {
    return `${this.#prefix}:{!all}:nodes`;
  }

  /** Who can read Redis' names, logs or dumps does not learn the secret. */
  secret(key: string): string {
    const hash = createHash("sha256").update(encodeName(key)).digest("base64url");
    return `${this.#prefix}:{!secret-${partOf(key)}}:${hash}`;
  }

  /** Of several with one part all can be given to one script. */
  rate(key: string): { part: number; key: string } {
    const part = partOf(key);
    return { part, key: `${this.#prefix}:{!rate-${part}}:${encodeName(key)}` };
  }
}
