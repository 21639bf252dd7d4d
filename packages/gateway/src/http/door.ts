/**
 * Who may speak to this gateway at all, by the names in the Host and Origin headers. A page that was rebound to
 * loopback by DNS has a foreign Host; a page of another site has a foreign Origin. Loopback itself is no reason to trust.
 */
import type { IncomingHttpHeaders } from "node:http";
import { isIP } from "node:net";
import { errorData } from "@signalbox/core";
import type { ErrorData } from "@signalbox/protocol";
import { printable } from "../log.ts";

interface DoorOptions {
  /** Long-lived tokens may come in the query. */
  queryToken: boolean;
  /** As configured: an address or a name. */
  host: string;
  allowedHosts: readonly string[];
  allowedOrigins: readonly string[];
}

const hostPattern = /^(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::([0-9]{1,5}))?$/;
const defaultPort = 80;

export class Door {
  readonly queryToken: boolean;
  readonly #names = new Set<string>();
  readonly #origins: ReadonlySet<string>;
  readonly #host: string;
  #anyAddress = false;
  #port = 0;

  constructor({ host, allowedHosts, allowedOrigins, queryToken }: DoorOptions) {
    this.#host = host;
    this.queryToken = queryToken;
    for (const name of allowedHosts) this.#names.add(name.toLowerCase());
    this.#origins = new Set(allowedOrigins.map((origin) => origin.toLowerCase()));
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

  /** `undefined`: come in. */
  refuse(headers: IncomingHttpHeaders): ErrorData | undefined {
    const host = headers.host?.toLowerCase();
    if (host === undefined || !this.#isOwn(host)) {
      return errorData("forbidden_host", `this gateway is not called ${printable(host ?? "nothing")}`);
    }
    const { origin } = headers;
    if (origin === undefined || this.#isSame(origin, host) || this.#origins.has(origin)) return undefined;
    return errorData("forbidden_origin", `pages of ${printable(origin)} may not use this gateway`);
  }

  /** The origin to name in CORS headers: one that is allowed and not the gateway's own. */
  foreignOrigin(headers: IncomingHttpHeaders): string | undefined {
    const { origin } = headers;
    return origin !== undefined && this.#origins.has(origin) ? origin : undefined;
  }

  /** The origin of the page that asks: as it says, or this gateway's own where the browser says that. */
  pageOf({ origin, host, "sec-fetch-site": site }: IncomingHttpHeaders): string | undefined {
    return origin ?? (site === "same-origin" && host !== undefined ? `http://${host}` : undefined);
  }

  #isOwn(host: string): boolean {
    const [, name, port = String(defaultPort)] = hostPattern.exec(host) ?? [];
    if (name === undefined) return false;
    if (this.#names.has(`${name}:${port}`) || this.#names.has(name)) return true;
    return this.#anyAddress && port === String(this.#port) && isIP(name.replace(/[[\]]/g, "")) !== 0;
  }

  /** Only http: behind a proxy that ends TLS, the public origin has to be allowed by name. */
  #isSame(origin: string, host: string): boolean {
    return origin === `http://${host}`;
  }
}

const bracketed = (address: string): string =>
  address.includes(":") ? `[${address.toLowerCase()}]` : address.toLowerCase();
