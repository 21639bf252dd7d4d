/** An issuer's keys, fetched from the one address that the configuration names, and kept for a while. */
import { askJson, checkAddress } from "../outward.ts";
import { algorithmOf, type VerifyingKey, webKey } from "./keys.ts";

export interface FetchedKeysConfig {
  url: string;
  algorithms: readonly string[];
  cacheS?: number;
  cooldownS?: number;
  timeoutMs?: number;
}

const maxBytes = 262_144;
const maxKeys = 100;
/** When they cannot be fetched again, keys are used for so long over their time: the issuer's outage is not ours. */
const overtimeMs = 3_600_000;

export class FetchedKeys {
  readonly #url: URL;
  readonly #algorithms: readonly string[];
  readonly #cacheMs: number;
  readonly #cooldownMs: number;
  readonly #timeoutMs: number;
  readonly #nowMs: () => number;
  readonly #onProblem: (problem: string) => void;
  #keys = new Map<string | undefined, VerifyingKey>();
  #fetchedMs = Number.NEGATIVE_INFINITY;
  #triedMs = Number.NEGATIVE_INFINITY;
  #failing = false;
  #fetching: Promise<void> | undefined;

  /** `nowMs` is of a monotonic clock. Throws Error for an address that may not be asked. */
  constructor(config: FetchedKeysConfig, nowMs: () => number, onProblem: (problem: string) => void) {
    this.#url = checkAddress(config.url, "jwks.url");
    this.#algorithms = config.algorithms;
    this.#cacheMs = (config.cacheS ?? 600) * 1_000;
    this.#cooldownMs = (config.cooldownS ?? 30) * 1_000;
    this.#timeoutMs = config.timeoutMs ?? 5_000;
    this.#nowMs = nowMs;
    this.#onProblem = onProblem;
  }

  /** `"unavailable"`: the keys could not be fetched, so nobody can say whether this one exists. */
  async find(kid: string | undefined): Promise<VerifyingKey | "unavailable" | undefined> {
    const known = this.#keys.get(kid);
    if (known !== undefined && this.#ageMs() < this.#cacheMs) return known;
    if (this.#fetching !== undefined || this.#nowMs() - this.#triedMs >= this.#cooldownMs) {
      this.#fetching ??= this.#fetch().finally(() => {
        this.#fetching = undefined;
      });
      await this.#fetching;
    }
    if (this.#ageMs() >= this.#cacheMs + overtimeMs) return this.#failing ? "unavailable" : undefined;
    return this.#keys.get(kid) ?? (this.#failing ? "unavailable" : undefined);
  }

  #ageMs(): number {
    return this.#nowMs() - this.#fetchedMs;
  }

  async #fetch(): Promise<void> {
    this.#triedMs = this.#nowMs();
    try {
      const { status, body } = await askJson(this.#url, { timeoutMs: this.#timeoutMs, maxBytes });
      if (status !== 200) throw new Error(`${this.#url.host} answered ${status}`);
      this.#keys = this.#read(body);
      this.#fetchedMs = this.#nowMs();
      this.#failing = false;
    } catch (error) {
      this.#failing = true;
      this.#onProblem(`keys could not be fetched: ${error instanceof Error ? error.message : error}`);
    }
  }

  /** Keys that cannot be used are left out; a token without kid finds a key only where there is just one. */
  #read(body: unknown): Map<string | undefined, VerifyingKey> {
    const list: unknown = typeof body === "object" && body !== null ? Reflect.get(body, "keys") : undefined;
    if (!Array.isArray(list)) throw new Error("the answer is not a JSON Web Key Set");
    const keys = new Map<string | undefined, VerifyingKey>();
    const usable: VerifyingKey[] = [];
    for (const jwk of list.slice(0, maxKeys) as unknown[]) {
      if (typeof jwk !== "object" || jwk === null) continue;
      const members = jwk as Record<string, unknown>;
      const alg = algorithmOf(members, this.#algorithms);
      if (alg === undefined) continue;
      try {
        const key = webKey(alg, members, false);
        usable.push(key);
        if (typeof members.kid === "string" && !keys.has(members.kid)) keys.set(members.kid, key);
      } catch (error) {
        this.#onProblem(`a fetched key is not used: ${error instanceof Error ? error.message : error}`);
      }
    }
    const [only] = usable;
    if (only !== undefined && usable.length === 1) keys.set(undefined, only);
    return keys;
  }
}
