/**
 * Who did what to whom: an append-only list per tenant, kept in a part of the store that no token and no channel name leads to. Only
 * the gateway writes it (spec §18).
 */
import { hash } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { NamespaceOptions, Principal, StepOutcome, Store } from "@signalbox/core";
import type { Log } from "../log.ts";
import { TenantStore } from "../stores/tenant-store.ts";
import { actOf, broughtBy } from "./acts.ts";
import type { Act } from "./entry.ts";
import { auditChannel, Trail } from "./trail.ts";

/** No tenant's name begins so. */
const hidden = (tenant: string | undefined): string => (tenant === undefined ? "-audit" : `-audit-${tenant}`);
/** At its end the gateway waits so long for what is not kept yet. */
const endMs = 2_000;
/** Trails of tenants in memory: those of which nothing waits make room. */
const trailsKept = 1_000;

const dayMs = 86_400_000;
const steady: NamespaceOptions = {
  durability: "fsync",
  retention: { ageMs: 30 * dayMs, count: 1_000_000, bytes: 268_435_456 },
};

/** What a store has to know beside the channels of tenants. A namespace of that name that somebody configured says how long. */
export const withAudit = (
  namespaces: Readonly<Record<string, NamespaceOptions>>,
): Readonly<Record<string, NamespaceOptions>> => ({ [auditChannel]: steady, ...namespaces });

interface AuditOptions {
  store: Store;
  isShared: boolean;
  node: string;
  newId: () => string;
  log: Log;
}

export class Audit {
  readonly #options: AuditOptions;
  readonly #trails = new Map<string, Trail>();

  constructor(options: AuditOptions) {
    this.#options = options;
  }

  /** Nodes write beside each other: what others did is there without this one having heard. */
  get isShared(): boolean {
    return this.#options.isShared;
  }

  of(tenant: string | undefined): Trail {
    const name = hidden(tenant);
    const known = this.#trails.get(name);
    if (known !== undefined) return known;
    if (this.#trails.size >= trailsKept) {
      for (const [other, trail] of this.#trails) if (trail.isIdle) this.#trails.delete(other);
    }
    const { store, isShared, node, newId, log } = this.#options;
    const onProblem = (problem: string, error?: unknown): void =>
      log.warn(error === undefined ? {} : { err: error }, problem);
    const trail = new Trail({ store: new TenantStore(store, name), isShared, node, newId, onProblem });
    this.#trails.set(name, trail);
    return trail;
  }

  note(tenant: string | undefined, act: Act): void {
    this.of(tenant).note(act);
  }

  /** Something that is no step, done by somebody. */
  did(principal: Principal, address: string | undefined, act: Omit<Act, "who" | "address" | "by">): void {
    const by = broughtBy(principal);
    const from = { ...(address === undefined ? {} : { address }), ...(by === undefined ? {} : { by }) };
    this.note(principal.tenant, { who: `${principal.kind}:${principal.id}`, ...from, ...act });
  }

  stepped(tenant: string | undefined, outcome: StepOutcome): void {
    const act = actOf(outcome, (text) => hash("sha256", text));
    if (act !== undefined) this.note(tenant, act);
  }

  /** Keeps what waits, for a while. */
  async close(): Promise<void> {
    const all = Promise.all([...this.#trails.values()].map((trail) => trail.settled()));
    await Promise.race([all, pause(endMs, undefined, { ref: false })]);
  }
}
