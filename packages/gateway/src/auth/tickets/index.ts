/** Tickets: a token must not stand in an address, because addresses are logged; what is worth nothing afterwards may. */
import { createHash, randomBytes } from "node:crypto";
import { type Identity, principalKey } from "@signalbox/core";

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

export interface TicketsOptions {
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

  constructor({ steadyMs = () => performance.now(), nowMs = Date.now }: TicketsOptions = {}) {
    this.#steadyMs = steadyMs;
    this.#nowMs = nowMs;
  }

  get size(): number {
    return this.#kept.size;
  }

  /** `undefined` when there are too many: of this principal, or in all. `origin` is of the page that will use it. */
  issue(identity: Identity, origin: string | undefined): { ticket: string; expiresInMs: number } | undefined {
    const now = this.#steadyMs();
    this.#forget(now);
    const principal = principalKey(identity);
    const held = this.#perPrincipal.get(principal) ?? 0;
    const leftMs = Math.min(ticketMs, (identity.expiresAtMs ?? Number.POSITIVE_INFINITY) - this.#nowMs());
    if (held >= mostPerPrincipal || this.#kept.size >= mostInAll || leftMs <= 0) return undefined;
    const ticket = prefix + randomBytes(ticketBytes).toString("base64url");
    this.#kept.set(hashOf(ticket), { identity, origin, endsAtMs: now + leftMs, principal });
    this.#perPrincipal.set(principal, held + 1);
    return { ticket, expiresInMs: leftMs };
  }

  recognises(token: string): boolean {
    return token.startsWith(prefix);
  }

  /** Once. `undefined` for a ticket that is unknown, used, over, or of another origin; it is used up then as well. */
  redeem(ticket: string, origin: string | undefined): Identity | undefined {
    const now = this.#steadyMs();
    const hash = hashOf(ticket);
    const kept = this.#kept.get(hash);
    if (kept === undefined) return undefined;
    this.#remove(hash, kept);
    return kept.endsAtMs > now && kept.origin === origin ? kept.identity : undefined;
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
