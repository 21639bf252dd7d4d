/** Several limits as one: what is asked must fit them all, and is charged to all or to none. */
import { KeyedGcra, type Rate } from "./gcra.ts";
import type { SharedUses } from "./shared-uses.ts";

export interface RateRules {
  readonly principal?: Rate | undefined;
  readonly address?: Rate | undefined;
  readonly tenant?: Rate | undefined;
  /** Per principal and type of message. Types that are not named have no limit of their own. */
  readonly types?: Readonly<Record<string, Rate>> | undefined;
}

/** Who asks. What is absent is not limited by. */
export interface Asker {
  /** As `principalKey` gives it. */
  readonly principal?: string | undefined;
  readonly address?: string | undefined;
  readonly tenant?: string | undefined;
}

export type LimitedBy = "principal" | "address" | "tenant" | "type";

export interface Limited {
  readonly by: LimitedBy;
  /** Whole milliseconds, at least 1; Infinity when the cost is over the burst and can never pass. */
  readonly retryAfterMs: number;
}

interface Limiter {
  readonly by: LimitedBy;
  readonly rate: Rate;
  readonly here: KeyedGcra;
  /** Before its keys, where nodes share them. */
  readonly prefix: string;
}

export class RateLimits {
  readonly #principal: Limiter | undefined;
  readonly #address: Limiter | undefined;
  readonly #tenant: Limiter | undefined;
  readonly #types: ReadonlyMap<string, Limiter>;
  readonly #shared: SharedUses | undefined;

  /**
   * At most `keys` principals, addresses and tenants are remembered per limit. `shared`: they are of all nodes together. Throws
   * RangeError for a bad rate.
   */
  constructor(rules: RateRules, keys: number, shared?: SharedUses) {
    const limiter = (by: LimitedBy, rate: Rate | undefined, prefix: string = by): Limiter | undefined =>
      rate && { by, rate, here: new KeyedGcra(rate, keys), prefix: `${prefix} ` };
    this.#principal = limiter("principal", rules.principal);
    this.#address = limiter("address", rules.address);
    this.#tenant = limiter("tenant", rules.tenant);
    const types = Object.entries(rules.types ?? {}).flatMap(([type, rate]): Array<[string, Limiter]> => {
      const ofType = limiter("type", rate, `type ${type}`);
      return ofType === undefined ? [] : [[type, ofType]];
    });
    this.#types = new Map(types);
    this.#shared = shared;
  }

  /** `undefined`: go ahead. `cost` is in the unit of the rates: messages, or bytes. `nowMs` is of a monotonic clock. */
  take(asker: Asker, type: string, nowMs: number, cost = 1): Limited | undefined {
    const { principal, address, tenant } = asker;
    const ofType = this.#types.size === 0 ? undefined : this.#types.get(type);
    if (ofType === undefined && this.#address === undefined && this.#tenant === undefined) {
      return this.#takePrincipal(principal, nowMs, cost);
    }
    let by: LimitedBy | undefined;
    let longest = 0;
    const ask = (limiter: Limiter | undefined, key: string | undefined): void => {
      if (limiter === undefined || key === undefined) return;
      const wait = this.#wait(limiter, key, nowMs, cost);
      if (wait <= longest) return;
      longest = wait;
      by = limiter.by;
    };
    ask(this.#principal, principal);
    ask(ofType, principal);
    ask(this.#address, address);
    ask(this.#tenant, tenant);
    if (by !== undefined) return { by, retryAfterMs: Math.ceil(longest) };
    this.#use(this.#principal, principal, nowMs, cost);
    this.#use(ofType, principal, nowMs, cost);
    this.#use(this.#address, address, nowMs, cost);
    this.#use(this.#tenant, tenant, nowMs, cost);
    return undefined;
  }

  /** The usual case costs one look-up. */
  #takePrincipal(principal: string | undefined, nowMs: number, cost: number): Limited | undefined {
    const limiter = this.#principal;
    if (principal === undefined || limiter === undefined) return undefined;
    const { prefix, rate, here } = limiter;
    const elsewhere = this.#shared?.wait(prefix + principal, nowMs) ?? 0;
    const wait = elsewhere > 0 ? elsewhere : here.take(principal, nowMs, cost);
    if (wait > 0) return { by: "principal", retryAfterMs: Math.ceil(wait) };
    this.#shared?.used(prefix + principal, rate, cost, nowMs);
    return undefined;
  }

  #wait({ here, prefix }: Limiter, key: string, nowMs: number, cost: number): number {
    const wait = here.wait(key, nowMs, cost);
    return this.#shared === undefined ? wait : Math.max(wait, this.#shared.wait(prefix + key, nowMs));
  }

  #use(limiter: Limiter | undefined, key: string | undefined, nowMs: number, cost: number): void {
    if (limiter === undefined || key === undefined) return;
    limiter.here.take(key, nowMs, cost);
    this.#shared?.used(limiter.prefix + key, limiter.rate, cost, nowMs);
  }
}
