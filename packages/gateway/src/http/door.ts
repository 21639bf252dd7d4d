/**
 * Who may speak to this gateway at all, by the names in the Host and Origin headers. A page that was rebound to
 * loopback by DNS has a foreign Host; a page of another site has a foreign Origin. Loopback itself is no reason to trust.
 */
import type { IncomingHttpHeaders } from "node:http";
import { isIP } from "node:net";
import { errorData } from "@signalbox/core";
import type { ErrorData } from "@signalbox/protocol";
import { printable } from "../log.ts";
import { type Scheme, TrustedProxies } from "./address.ts";

interface DoorOptions {
  /** Long-lived tokens may come in the query; false if absent. */
  queryToken?: boolean;
  /** As configured: an address or a name. */
  host: string;
  allowedHosts: readonly string[];
  allowedOrigins: readonly string[];
  /** The gateway's own connections have TLS. */
  tls?: boolean;
  /** Whose word on the scheme and name a client used is taken; nobody's if absent. */
  proxies?: TrustedProxies;
}

const hostPattern = /^(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::([0-9]{1,5}))?$/;
const defaultPorts: Readonly<Record<Scheme, number>> = { http: 80, https: 443 };

export class Door {
  readonly queryToken: boolean;
  readonly #names = new Set<string>();
  readonly #origins: ReadonlySet<string>;
  readonly #host: string;
  readonly #scheme: Scheme;
  readonly #proxies: TrustedProxies;
  #anyAddress = false;
  #port = 0;

  constructor({ host, allowedHosts, allowedOrigins, queryToken = false, tls = false, proxies }: DoorOptions) {
    this.#host = host;
    this.queryToken = queryToken;
    this.#scheme = tls ? "https" : "http";
    this.#proxies = proxies ?? new TrustedProxies([]);
    for (const name of allowedHosts) this.#names.add(name.toLowerCase());
    this.#origins = new Set(allowedOrigins.map((origin) => origin.toLowerCase()));
  }

  /** The gateway's own connections have TLS; a proxy's are the proxy's business. */
  get tls(): boolean {
    return this.#scheme === "https";
  }

  /** Where the gateway listens, known only once it does. */
  opened(address: string, port: number): void {
    this.#port = port;
    for (const name of ["localhost", "127.0.0.1", "[::1]", bracketed(this.#host), bracketed(address)]) {
      this.#names.add(`${name}:${port}`);
    }
    // Listening on every address: called by any of them. An address cannot be rebound, only a name can.
    this.#anyAddress = address === "0.0.0.0" || address === "::";
  }

  /** `undefined`: come in. `peer` is the address at the other end of the connection. */
  refuse(headers: IncomingHttpHeaders, peer?: string): ErrorData | undefined {
    const { scheme = this.#scheme, host } = this.#proxies.forwarded(peer, headers);
    const called = headers.host?.toLowerCase() ?? "";
    // A proxy may call the gateway by a name of its own, but the name that its client used counts as well.
    for (const name of host === undefined ? [called] : [called, host]) {
      if (this.#isOwn(name, scheme)) continue;
      return errorData("forbidden_host", `this gateway is not called ${printable(name || "nothing")}`);
    }
    const { origin } = headers;
    if (origin === undefined || origin === this.originFor(headers, peer) || this.#origins.has(origin)) return undefined;
    return errorData("forbidden_origin", `pages of ${printable(origin)} may not use this gateway`);
  }

  /** Where the sender of a request finds this gateway, such as `https://box.example.org`; asked after `refuse`. */
  originFor(headers: IncomingHttpHeaders, peer?: string): string {
    const { scheme = this.#scheme, host = headers.host?.toLowerCase() ?? "" } = this.#proxies.forwarded(peer, headers);
    return `${scheme}://${host}`;
  }

  /** The origin to name in CORS headers: one that is allowed and not the gateway's own. */
  foreignOrigin(headers: IncomingHttpHeaders): string | undefined {
    const { origin } = headers;
    return origin !== undefined && this.#origins.has(origin) ? origin : undefined;
  }

  /** The origin of the page that asks: as it says, or this gateway's own where the browser says that. */
  pageOf(headers: IncomingHttpHeaders, peer?: string): string | undefined {
    const { origin, "sec-fetch-site": site } = headers;
    return origin ?? (site === "same-origin" ? this.originFor(headers, peer) : undefined);
  }

  #isOwn(host: string, scheme: Scheme): boolean {
    const [, name, port = String(defaultPorts[scheme])] = hostPattern.exec(host) ?? [];
    if (name === undefined) return false;
    if (this.#names.has(`${name}:${port}`) || this.#names.has(name)) return true;
    return this.#anyAddress && port === String(this.#port) && isIP(name.replace(/[[\]]/g, "")) !== 0;
  }
}

const bracketed = (address: string): string =>
  address.includes(":") ? `[${address.toLowerCase()}]` : address.toLowerCase();
