/**
 * Requests to servers that somebody named: webhooks and push services. The name is looked up once, every address it has is checked,
 * and the connection goes to the one that was checked, so that a name cannot mean something else a moment later. Redirects are not
 * followed, and nobody chooses a header.
 */
import { lookup as lookupSystem } from "node:dns/promises";
import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { Allowed, isPublic } from "./addresses.ts";

interface Address {
  address: string;
  family: number;
}

/** All addresses of a name. */
export type LookUp = (host: string) => Promise<Address[]>;

export interface OutgoingOptions {
  /** Hosts and networks that need not be public. */
  allow: readonly string[];
  /** Ports of all others. */
  ports: readonly number[];
  lookUp?: LookUp;
  /** For a whole request, and for looking up its name. */
  timeoutMs?: number;
}

export interface OutgoingRequest {
  url: string;
  headers: Readonly<Record<string, string>>;
  body: Buffer;
}

/** There was an answer. */
export interface Answered {
  status: number;
  /** Seconds, if it asked to be left alone for so long. */
  retryAfterS?: number;
}

/** Never to be tried again as it is: what it asks for is not allowed. */
export class NotAllowed extends Error {
  override name = "NotAllowed";
}

const timeoutMs = 10_000;
/** What answers say is of no interest; more of it is not read. */
const answerBytes = 65_536;
const urlLength = 2_048;

const lookUp: LookUp = (host) => lookupSystem(host, { all: true, verbatim: true });

export class Outgoing {
  readonly #allowed: Allowed;
  readonly #ports: ReadonlySet<number>;
  readonly #lookUp: LookUp;
  readonly #timeoutMs: number;

  /** Throws RangeError for an entry of `allow` that is none. */
  constructor(options: OutgoingOptions) {
    this.#allowed = new Allowed(options.allow);
    this.#ports = new Set(options.ports);
    this.#lookUp = options.lookUp ?? lookUp;
    this.#timeoutMs = options.timeoutMs ?? timeoutMs;
  }

  /** What can be said of an address without looking its name up. Throws NotAllowed. */
  check(text: string): URL {
    // The parser would drop some of these without a word.
    if (text.length > urlLength || /[^!-~]/.test(text)) throw new NotAllowed("the address is no plain URL");
    const url = URL.parse(text);
    if (url === null || (url.protocol !== "https:" && url.protocol !== "http:")) {
      throw new NotAllowed("the address has to begin with https://");
    }
    if (url.username !== "" || url.password !== "") throw new NotAllowed("the address must not hold a password");
    const host = hostOf(url);
    const isFree = this.#allowed.name(host) || this.#allowed.address(host);
    if (isFree) return url;
    if (isIP(host) !== 0 && !isPublic(host)) throw notPublic(host);
    // A name may lead to an allowed network: then its scheme and port are free. That is known when it is looked up.
    return url;
  }

  /** Rejects with NotAllowed for what must not be asked, and with another error where no answer came. */
  async post({ url: text, headers, body }: OutgoingRequest): Promise<Answered> {
    const url = this.check(text);
    const endMs = performance.now() + this.#timeoutMs;
    const address = await within(this.#timeoutMs, this.#resolve(url));
    return this.#send(url, address, { headers, body }, Math.max(1, endMs - performance.now()));
  }

  async #resolve(url: URL): Promise<Address> {
    const host = hostOf(url);
    const version = isIP(host);
    const found = version === 0 ? await this.#lookUp(host) : [{ address: host, family: version }];
    const [first] = found;
    if (first === undefined) throw new Error(`${host} has no address`);
    if (this.#allowed.name(host)) return first;
    // One that is not allowed among several: somebody means to be let in by chance.
    const refused = found.find(({ address }) => !this.#allowed.address(address) && !isPublic(address));
    if (refused !== undefined) throw notPublic(host, refused.address);
    if (found.every(({ address }) => this.#allowed.address(address))) return first;
    if (url.protocol !== "https:") throw new NotAllowed("the address has to begin with https://");
    const port = Number(url.port || 443);
    if (!this.#ports.has(port)) {
      throw new NotAllowed(`port ${port} is not one of ${[...this.#ports].join(", ")} (notifications.ports)`);
    }
    return first;
  }

  #send(
    url: URL,
    address: Address,
    { headers, body }: Pick<OutgoingRequest, "headers" | "body">,
    leftMs: number,
  ): Promise<Answered> {
    const pinned: LookupFunction = (_host, { all }, done) => {
      if (all === true) done(null, [address]);
      else done(null, address.address, address.family);
    };
    const isSecure = url.protocol === "https:";
    return new Promise((resolve, reject) => {
      const options = {
        method: "POST",
        headers: { ...headers, "content-length": String(body.length), "user-agent": "signalbox" },
        lookup: pinned,
        // A connection of its own: none that a name of yesterday left.
        agent: false,
        signal: AbortSignal.timeout(Math.ceil(leftMs)),
      } as const;
      const answered = (answer: IncomingMessage): void => {
        let read = 0;
        const status = answer.statusCode ?? 0;
        const retryAfterS = Number(answer.headers["retry-after"]);
        const done = (): void =>
          resolve({ status, ...(Number.isFinite(retryAfterS) && retryAfterS > 0 ? { retryAfterS } : {}) });
        answer.on("data", (chunk: Buffer) => {
          read += chunk.length;
          if (read <= answerBytes) return;
          // The status is what counts.
          done();
          answer.destroy();
        });
        answer.on("end", done);
        answer.on("error", reject);
      };
      try {
        const request = isSecure ? requestHttps(url, options, answered) : requestHttp(url, options, answered);
        // Nobody asked for another protocol: it is not spoken.
        request.on("upgrade", (_answer, socket) => {
          socket.destroy();
          reject(new Error("the server wants to speak another protocol"));
        });
        request.on("error", (error) =>
          reject(error.name === "AbortError" || error.name === "TimeoutError" ? late() : error),
        );
        request.end(body);
      } catch (error) {
        // A header that cannot be sent.
        reject(error);
      }
    });
  }
}

/** Without the brackets of IPv6. */
const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");

const notPublic = (host: string, address = host): NotAllowed =>
  new NotAllowed(
    `${host} ${address === host ? "is" : `leads to ${address}, which is`} not on the public internet: ` +
      "an administrator can allow it (notifications.allow)",
  );

const late = (): Error => new Error("no answer in time");

async function within<Value>(ms: number, value: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const overdue = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(late()), ms);
  });
  try {
    return await Promise.race([value, overdue]);
  } finally {
    clearTimeout(timer);
  }
}
