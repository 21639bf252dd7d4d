/** Several limits as one: what is asked must fit them all, and is charged to all or to none. */
import { KeyedGcra, type Rate } from "./gcra.ts";

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

export class RateLimits {
  readonly #principal: KeyedGcra | undefined;
  readonly #address: KeyedGcra | undefined;
  readonly #tenant: KeyedGcra | undefined;
  readonly #types: ReadonlyMap<string, KeyedGcra>;

  /** At most `keys` principals, addresses and tenants are remembered per limit. Throws RangeError for a bad rate. */
  constructor(rules: RateRules, keys: number) {
    const limiter = (rate: Rate | undefined) => (rate === undefined ? undefined : new KeyedGcra(rate, keys));
    this.#principal = limiter(rules.principal);
    this.#address = limiter(rules.address);
    this.#tenant = limiter(rules.tenant);
    this.#types = new Map(Object.entries(rules.types ?? {}).map(([type, rate]) => [type, new KeyedGcra(rate, keys)]));
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
    const ask = (name: LimitedBy, limiter: KeyedGcra | undefined, key: string | undefined): void => {
      if (limiter === undefined || key === undefined) return;
      const wait = limiter.wait(key, nowMs, cost);
      if (wait <= longest) return;
      longest = wait;
      by = name;
    };
    ask("principal", this.#principal, principal);
    ask("type", ofType, principal);
    ask("address", this.#address, address);
    ask("tenant", this.#tenant, tenant);
    if (by !== undefined) return { by, retryAfterMs: Math.ceil(longest) };
    if (principal !== undefined) {
      this.#principal?.take(principal, nowMs, cost);
      ofType?.take(principal, nowMs, cost);
    }
    if (address !== undefined) this.#address?.take(address, nowMs, cost);
    if (tenant !== undefined) this.#tenant?.take(tenant, nowMs, cost);
    return undefined;
  }

  /** The usual case costs one look-up. */
  #takePrincipal(principal: string | undefined, nowMs: number, cost: number): Limited | undefined {
    if (principal === undefined || this.#principal === undefined) return undefined;
    const wait = this.#principal.take(principal, nowMs, cost);
    return wait === 0 ? undefined : { by: "principal", retryAfterMs: Math.ceil(wait) };
  }
}
