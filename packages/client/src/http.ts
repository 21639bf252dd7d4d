/** Requests to the gateway's HTTP API, with its address and token. */
import { decodeProblem } from "./decode.ts";
import { GatewayError, problem, reasonOf } from "./errors.ts";
import type { Client, ClientOptions, Problem } from "./types.ts";

type Init = NonNullable<Parameters<Client["request"]>[1]>;

export class Http {
  /** Without a slash at the end. */
  readonly base: string;
  readonly #source: ClientOptions["token"];
  readonly #fetch: typeof fetch;
  #token: Promise<string | undefined> | undefined;

  constructor({ url, token }: ClientOptions, fetcher: typeof fetch) {
    this.base = url.replace(/\/+$/, "");
    this.#source = token;
    this.#fetch = fetcher;
  }

  get canRenew(): boolean {
    return typeof this.#source === "function";
  }

  /** The token; `renew` asks for it anew. Rejects with what the token function throws. */
  async token(renew: boolean): Promise<string | undefined> {
    const source = this.#source;
    if (renew || !this.#token) this.#token = ask(source);
    const asked = this.#token;
    try {
      return await asked;
    } catch (error) {
      if (this.#token === asked) this.#token = undefined;
      throw new GatewayError(problem("token_failed", reasonOf(error)));
    }
  }

  /** Any answer, good or bad. A refused token is asked for once more if `renew`. Rejects when nobody answers. */
  async fetch(path: string, init: RequestInit = {}, renew = this.canRenew): Promise<Response> {
    const token = await this.token(false);
    const headers = new Headers(init.headers);
    if (token !== undefined && !headers.has("authorization")) headers.set("authorization", `Bearer ${token}`);
    const fetcher = this.#fetch;
    const response = await fetcher(this.base + path, { ...init, headers });
    if (response.status !== 401 || !renew) return response;
    await response.body?.cancel();
    await this.token(true);
    return this.fetch(path, init, false);
  }

  /** POST of JSON text, as the transports need it. */
  post(path: string, body: string, signal: AbortSignal, accept = "application/json"): Promise<Response> {
    const headers = { "content-type": "application/json", accept };
    return this.fetch(path, { method: "POST", headers, body, signal }, false);
  }

  /** What the answer is the caller knows. */
  async request<Answer>(path: string, { method = "GET", body, signal }: Init = {}): Promise<Answer> {
    let response: Response;
    try {
      response = await this.fetch(path, {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
        ...(signal ? { signal } : {}),
      });
    } catch (error) {
      if (signal?.aborted || error instanceof GatewayError) throw error;
      throw new GatewayError(problem("unreachable", reasonOf(error)));
    }
    if (response.status === 204) return undefined as Answer;
    const answer = await jsonOf(response);
    if (!response.ok || answer === undefined) throw new GatewayError(problemIn(answer, response), response.status);
    return answer as Answer;
  }
}

/** A function that throws at once rejects like one that does so later. */
const ask = async (source: ClientOptions["token"]): Promise<string | undefined> =>
  typeof source === "function" ? source() : source;

/** The body; `undefined` when it is not JSON, so that no gateway wrote it. */
export const jsonOf = (response: Response): Promise<unknown> => response.json().catch(() => undefined);

/** What a bad answer says. */
export const problemIn = (body: unknown, { status }: Response): Problem =>
  decodeProblem(body) ?? problem("bad_answer", `HTTP ${status} without an answer of a gateway`);
