/** Where the gateway is, and the token it wants. */
import type { ClientOptions } from "./types.ts";

type Ask = () => string | Promise<string>;

export class Access {
  /** Without a slash at the end. */
  readonly base: string;
  readonly fetch: typeof fetch;
  readonly #ask: Ask | undefined;
  #token: string | undefined;
  /** While it is being asked for: who comes meanwhile gets the same answer. */
  #asked: Promise<string> | undefined;

  constructor({ url, token }: Pick<ClientOptions, "url" | "token">, fetcher: typeof fetch) {
    this.base = url.replace(/\/+$/, "");
    this.fetch = fetcher;
    if (typeof token === "function") this.#ask = token;
    else this.#token = token;
  }

  get canRenew(): boolean {
    return !!this.#ask;
  }

  /**
   * The token. `renew` asks for it anew, unless `refused` was replaced already. Rejects with what the token function
   * throws; the last token stays.
   */
  async token(renew: boolean, refused = this.#token): Promise<string | undefined> {
    if (this.#ask && (!this.#token || (renew && refused === this.#token)))
      this.#asked ??= this.#renewed(this.#ask).finally(() => {
        this.#asked = undefined;
      });
    return this.#asked ?? this.#token;
  }

  /** A function that throws at once rejects like one that does so later. */
  async #renewed(ask: Ask): Promise<string> {
    this.#token = await ask();
    return this.#token;
  }
}
