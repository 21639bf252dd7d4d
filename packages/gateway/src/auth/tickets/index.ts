/** Tickets: a token must not stand in an address, because addresses are logged; what is worth nothing afterwards may. */
import { createHash, randomBytes } from "node:crypto";
import { type Broker, type Done, type Failure, type Identity, principalKey, StoreAway } from "@signalbox/core";

export const ticketMs = 30_000;
const ticketBytes = 24;
const prefix = "sbt_";
const mostPerPrincipal = 16;
const mostInAll = 10_000;

interface Kept {
  identity: Identity;
  /** `undefined`: for programs, which have none. */
  origin: string | undefined;
  endsAtMs: number;
  principal: string;
}

/** As nodes share it; under the ticket's hash. */
interface Deposit {
  identity: Identity;
  origin?: string | undefined;
  /** Milliseconds since 1970. */
  endsAtMs: number;
}

/** What came of a ticket: `undefined` for one that is unknown, used, over, or of another origin. */
export interface Redeemed {
  identity: Identity | undefined;
}

export interface Issued {
  ticket: string;
  expiresInMs: number;
}

export interface TicketsOptions {
  /** Where nodes share a store, each takes the tickets of all. */
  broker?: Pick<Broker, "deposit" | "take"> | undefined;
  /** A ticket of this node was used at another, or of another at this one: it is to hear of that. */
  used?: ((hash: string) => void) | undefined;
  /** Milliseconds of a clock that is never set. */
  steadyMs?: () => number;
  /** Milliseconds since 1970; only for the end of the token behind a ticket. */
  nowMs?: () => number;
}

export class Tickets {
  readonly #steadyMs: () => number;
  readonly #nowMs: () => number;
  /** By hash, so that neither a look-up's time nor a memory dump gives a ticket away. Oldest first. */
  readonly #kept = new Map<string, Kept>();
  readonly #perPrincipal = new Map<string, number>();
  readonly #broker: TicketsOptions["broker"];
  readonly #used: TicketsOptions["used"];

  constructor({ broker, used, steadyMs = () => performance.now(), nowMs = Date.now }: TicketsOptions = {}) {
    this.#broker = broker;
    this.#used = used;
    this.#steadyMs = steadyMs;
    this.#nowMs = nowMs;
  }

  get size(): number {
    return this.#kept.size;
  }

  /** `rate_limited` when there are too many: of this principal, or in all. `origin` is of the page that will use it. */
  issue(identity: Identity, origin: string | undefined, done: Done<Issued>): void {
    const now = this.#steadyMs();
    this.#forget(now);
    const principal = principalKey(identity);
    const held = this.#perPrincipal.get(principal) ?? 0;
    const leftMs = Math.min(ticketMs, (identity.expiresAtMs ?? Number.POSITIVE_INFINITY) - this.#nowMs());
    if (held >= mostPerPrincipal || this.#kept.size >= mostInAll || leftMs <= 0) {
      done(tooMany);
      return;
    }
    const ticket = prefix + randomBytes(ticketBytes).toString("base64url");
    const issued = { ticket, expiresInMs: leftMs };
    const hash = hashOf(ticket);
    const kept = { identity, origin, endsAtMs: now + leftMs, principal };
    this.#kept.set(hash, kept);
    this.#perPrincipal.set(principal, held + 1);
    if (this.#broker === undefined) {
      done(issued);
      return;
    }
    const text = JSON.stringify({ identity, origin, endsAtMs: this.#nowMs() + leftMs } satisfies Deposit);
    this.#broker.deposit(hash, text, Math.ceil(leftMs)).then(
      () => done(issued),
      (error: unknown) => {
        if (this.#kept.get(hash) === kept) this.#remove(hash, kept);
        done(failureOf(error));
      },
    );
  }

  recognises(token: string): boolean {
    return token.startsWith(prefix);
  }

  /** Once. One that is over or of another origin is used up then as well. */
  redeem(ticket: string, origin: string | undefined, done: Done<Redeemed>): void {
    const now = this.#steadyMs();
    const hash = hashOf(ticket);
    const kept = this.#kept.get(hash);
    if (kept !== undefined) this.#remove(hash, kept);
    if (this.#broker === undefined) {
      done({
        identity: kept !== undefined && kept.endsAtMs > now && kept.origin === origin ? kept.identity : undefined,
      });
      return;
    }
    this.#broker.take(hash).then(
      (text) => {
        if (text === undefined) {
          done({ identity: undefined });
          return;
        }
        const taken = JSON.parse(text) as Deposit;
        if (kept === undefined) this.#used?.(hash);
        const isGood = taken.endsAtMs > this.#nowMs() && taken.origin === origin;
        done({ identity: isGood ? taken.identity : undefined });
      },
      (error: unknown) => done(failureOf(error)),
    );
  }

  /** A ticket was used at another node: if it was made here, there is room for another. */
  usedElsewhere(hash: string): void {
    const kept = this.#kept.get(hash);
    if (kept !== undefined) this.#remove(hash, kept);
  }

  /** Those that are over. A ticket may end before an older one when its token does: it then waits for its turn. */
  #forget(now: number): void {
    for (const [hash, kept] of this.#kept) {
      if (kept.endsAtMs > now) return;
      this.#remove(hash, kept);
    }
  }

  #remove(hash: string, { principal }: Kept): void {
    this.#kept.delete(hash);
    const left = (this.#perPrincipal.get(principal) ?? 1) - 1;
    if (left > 0) this.#perPrincipal.set(principal, left);
    else this.#perPrincipal.delete(principal);
  }
}

const hashOf = (ticket: string): string => createHash("sha256").update(ticket).digest("base64");

const tooMany = {
  failed: "rate_limited",
  message: "too many tickets wait to be used",
  details: { retryAfterMs: 5_000 },
} as const;

const failureOf = (error: unknown): Failure =>
  error instanceof StoreAway
    ? { failed: "unavailable", message: error.message, details: { retryAfterMs: 1_000 } }
    : { failed: "internal", message: "the store gave an error" };
