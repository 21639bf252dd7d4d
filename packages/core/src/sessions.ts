/** The connections of one hub: how many each principal has, and which of them have a deadline. */
import type { Failure, HubOptions, HubPorts, Principal } from "./hub-ports.ts";
import type { Session } from "./session.ts";

/** Who has too many connections may try again after this. */
const retryConnectMs = 5_000;

export class Sessions {
  readonly #ports: Pick<HubPorts, "nowMs">;
  readonly #options: Pick<HubOptions, "limits" | "tally">;
  readonly #all = new Set<Session>();
  /** Connections per principal, by its key. */
  readonly #perPrincipal = new Map<string, number>();
  /** Those whose token ends some time. */
  readonly #expiring = new Set<Session>();
  readonly #unauthenticated = new Set<Session>();
  readonly #stalled = new Set<Session>();
  #admitted = 0;

  constructor(ports: Pick<HubPorts, "nowMs">, options: Pick<HubOptions, "limits" | "tally">) {
    this.#ports = ports;
    this.#options = options;
  }

  /** In the order in which they were admitted. */
  get all(): ReadonlySet<Session> {
    return this.#all;
  }

  /** Why this principal can open no further connection; `undefined` if it can. */
  full(principal: Principal): Failure | undefined {
    const limit = this.#options.limits.connectionsPerPrincipal;
    if ((this.#perPrincipal.get(principal.key) ?? 0) < limit) return undefined;
    const details = { limit, retryAfterMs: retryConnectMs };
    return { failed: "too_many_connections", message: `at most ${limit} connections of one principal`, details };
  }

  /** A connection whose first message must bring a token. */
  await(session: Session): void {
    this.#all.add(session);
    this.#unauthenticated.add(session);
  }

  /** A session of this hub from now on. */
  admit(session: Session, { key }: Principal): void {
    this.#all.add(session);
    this.#unauthenticated.delete(session);
    session.number = ++this.#admitted;
    this.#perPrincipal.set(key, (this.#perPrincipal.get(key) ?? 0) + 1);
    this.expiryChanged(session);
  }

  /** The session goes on in another hub. */
  handOver(session: Session): void {
    this.#all.delete(session);
    this.#unauthenticated.delete(session);
  }

  expiryChanged(session: Session): void {
    if (session.principal?.expiresAtMs === undefined) this.#expiring.delete(session);
    else this.#expiring.add(session);
  }

  left(session: Session): void {
    if (this.#all.has(session)) {
      this.#options.tally.closed(session.transport, this.#ports.nowMs() - session.openedMs);
    }
    this.#all.delete(session);
    this.#unauthenticated.delete(session);
    this.#stalled.delete(session);
    this.#expiring.delete(session);
    const { principal } = session;
    if (principal === undefined) return;
    const others = (this.#perPrincipal.get(principal.key) ?? 1) - 1;
    if (others > 0) this.#perPrincipal.set(principal.key, others);
    else this.#perPrincipal.delete(principal.key);
  }

  stall(session: Session): void {
    this.#stalled.add(session);
  }

  unstall(session: Session): void {
    this.#stalled.delete(session);
  }

  /** Closes the connections of whoever was revoked. */
  revoke(isRevoked: (principal: Principal) => boolean): void {
    for (const session of this.#all) {
      if (session.principal !== undefined && isRevoked(session.principal)) session.close("revoked");
    }
  }

  /** Tells every connection to come back later. */
  goingAway(reconnectAfterMs: (index: number) => number): void {
    let index = 0;
    for (const session of this.#all) {
      session.tell("disconnect", { reason: "going_away", reconnectAfterMs: reconnectAfterMs(index++) });
    }
  }

  /** Ends those whose time is over. */
  tick(nowMs: number): void {
    const { authMs, stallMs } = this.#options.limits;
    for (const session of this.#unauthenticated) if (nowMs - session.openedMs >= authMs) session.close("auth_timeout");
    for (const session of this.#expiring) session.expire(nowMs);
    for (const session of this.#stalled) {
      if (session.fullSinceMs !== undefined && nowMs - session.fullSinceMs >= stallMs) session.tooSlow();
    }
  }
}
