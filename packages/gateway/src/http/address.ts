/**
 * Whom a request comes from, and how its sender called this gateway. Behind a proxy only the proxy knows: what it says
 * in X-Forwarded-For, -Proto and -Host counts when its own address is trusted, and from nobody else.
 */
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { BlockList, isIP } from "node:net";

export type Scheme = "http" | "https";

/** What a trusted proxy says of the request it passes on; undefined where it says nothing. */
export interface Forwarded {
  scheme: Scheme | undefined;
  host: string | undefined;
}

const nothing: Forwarded = { scheme: undefined, host: undefined };

export class TrustedProxies {
  readonly #trusted = new BlockList();
  readonly #none: boolean;
  /** Clients of requests that another node passes on. */
  readonly #vouched = new WeakMap<IncomingMessage, string>();

  /** Addresses and networks: `127.0.0.1`, `10.0.0.0/8`, `::1`, `fd00::/8`. Throws RangeError for what is neither. */
  constructor(networks: readonly string[]) {
    this.#none = networks.length === 0;
    for (const network of networks) this.#add(network);
  }

  /** Another node says whom this request comes from. */
  vouch(request: IncomingMessage, client: string): void {
    this.#vouched.set(request, client);
  }

  vouchedFor(request: IncomingMessage): string | undefined {
    return this.#vouched.get(request);
  }

  /** Whether this address is one of the proxies. */
  trusts(address: string | undefined): boolean {
    if (this.#none || address === undefined) return false;
    const version = isIP(address);
    return version !== 0 && this.#trusted.check(address, familyOf(version));
  }

  /**
   * The client's address. Each proxy appends whom it sees, so the rightmost entry that is not a proxy is the client, and
   * what is left of it anybody may have written. A header that holds anything but addresses up to there does not count.
   */
  client(peer: string | undefined, headers: IncomingHttpHeaders): string | undefined {
    if (!this.trusts(peer)) return peer;
    const entries = one(headers["x-forwarded-for"])?.split(",") ?? [];
    let furthest = peer;
    for (const entry of entries.reverse()) {
      const address = plain(entry.trim());
      if (isIP(address) === 0) return peer;
      furthest = address;
      if (!this.trusts(address)) break;
    }
    return furthest;
  }

  /** The nearest proxy's word is the last of a list. */
  forwarded(peer: string | undefined, headers: IncomingHttpHeaders): Forwarded {
    if (!this.trusts(peer)) return nothing;
    const scheme = last(headers["x-forwarded-proto"]);
    return {
      scheme: scheme === "http" || scheme === "https" ? scheme : undefined,
      host: last(headers["x-forwarded-host"]),
    };
  }

  #add(network: string): void {
    const [address = "", bits, ...more] = network.split("/");
    const version = isIP(address);
    const most = version === 4 ? 32 : 128;
    const prefix = bits === undefined ? most : /^[0-9]{1,3}$/.test(bits) ? Number(bits) : Number.NaN;
    if (version === 0 || more.length > 0 || !(prefix <= most)) {
      throw new RangeError(`${network} is neither an address nor a network such as 10.0.0.0/8`);
    }
    this.#trusted.addSubnet(address, prefix, familyOf(version));
  }
}

/** The address a request counts for; `unknown` when its connection is gone already. Costs little without proxies. */
export function addressOf(request: IncomingMessage, { proxies }: { proxies: TrustedProxies }): string {
  const { socket, headers } = request;
  const { remoteAddress } = socket;
  const vouched = proxies.vouchedFor(request);
  if (vouched !== undefined) return vouched;
  return proxies.client(remoteAddress === undefined ? undefined : plain(remoteAddress), headers) ?? "unknown";
}

const familyOf = (version: number): "ipv4" | "ipv6" => (version === 4 ? "ipv4" : "ipv6");

/** A socket that listens on :: sees IPv4 peers as ::ffff:a.b.c.d: the same client has one name. */
const plain = (address: string): string => address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, "");

/** Node joins repeated headers of these names; its types allow for lists all the same. */
const one = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value.join(",") : value;

const last = (value: string | string[] | undefined): string | undefined =>
  one(value)?.split(",").at(-1)?.trim().toLowerCase() || undefined;
