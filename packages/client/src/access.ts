/** Where the gateway is, and the token it wants. */
import type { ClientOptions } from "./types.ts";

export class Access {
  /** Without a slash at the end. */
  readonly base: string;
  readonly fetch: typeof fetch;
  readonly #source: ClientOptions["token"];
  #token: Promise<string | undefined> | undefined;

  constructor({ url, token }: Pick<ClientOptions, "url" | "token">, fetcher: typeof fetch) {
    this.base = url.replace(/\/+$/, "");
    this.fetch = fetcher;
    this.#source = token;
  }

  get canRenew(): boolean {
    return typeof this.#source === "function";
  }

  /** The token; `renew` asks for it anew. Rejects with what the token function throws. */
  async token(renew: boolean): Promise<string | undefined> {
    if (renew || !this.#token) this.#token = ask(this.#source);
    const asked = this.#token;
    try {
      return await asked;
    } catch (error) {
      if (this.#token === asked) this.#token = undefined;
      throw error;
    }
  }
}

/** A function that throws at once rejects like one that does so later. */
const ask = async (source: ClientOptions["token"]): Promise<string | undefined> =>
  typeof source === "function" ? source() : source;
