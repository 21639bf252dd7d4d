/** Requests to the gateway's HTTP API. */
import type { Access } from "./access.ts";
import { decodeProblem } from "./decode.ts";
import { badAnswer, GatewayError, reasonOf, tokenFailed, unreachable } from "./errors.ts";
import type { Client, Problem } from "./types.ts";

type Init = NonNullable<Parameters<Client["request"]>[1]>;

export class Http {
  readonly #access: Access;

  constructor(access: Access) {
    this.#access = access;
  }

  /** Any answer, good or bad. A refused token is asked for once more if `renew`. Rejects when nobody answers. */
  async fetch(path: string, init: RequestInit = {}, renew = this.#access.canRenew): Promise<Response> {
    const token = await this.#token(false);
    const headers = new Headers(init.headers);
    if (token !== undefined && !headers.has("authorization")) headers.set("authorization", `Bearer ${token}`);
    const { base, fetch: fetcher } = this.#access;
    const response = await fetcher(base + path, { ...init, headers });
    if (response.status !== 401 || !renew) return response;
    await response.body?.cancel();
    await this.#token(true, token);
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
      throw new GatewayError(unreachable(reasonOf(error)));
    }
    if (response.status === 204) return undefined as Answer;
    const answer = await jsonOf(response);
    if (!response.ok || answer === undefined) throw new GatewayError(problemIn(answer, response), response.status);
    return answer as Answer;
  }

  async #token(renew: boolean, refused?: string): Promise<string | undefined> {
    try {
      return await this.#access.token(renew, refused);
    } catch (error) {
      throw new GatewayError(tokenFailed(reasonOf(error)));
    }
  }
}

/** The body; `undefined` when it is not JSON, so that no gateway wrote it. */
export const jsonOf = (response: Response): Promise<unknown> => response.json().catch(() => undefined);

/** What a bad answer says. */
export const problemIn = (body: unknown, { status }: Response): Problem =>
  decodeProblem(body) ?? badAnswer(`HTTP ${status} without an answer of a gateway`);
