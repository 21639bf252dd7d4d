/** Every tenant has a hub and an engine of its own, over its own part of the store: nothing can get across by mistake. */
import type { Hub, Principal } from "@signalbox/core";
import type { Engine } from "./engine.ts";

export interface Tenant {
  readonly hub: Hub;
  readonly engine: Engine;
}

interface Counts {
  sessions: number;
  subscriptions: number;
  channels: number;
  /** Events on their way into the store, and their bytes. */
  inflight: number;
  inflightBytes: number;
  /** Channels followed over a broker. */
  following: number;
}

export interface Slowness {
  /** Given to connections, and not seen to be taken. */
  queuedBytes: number;
  /** Subscriptions that are behind their channel. */
  behind: number;
  /** Connections with such subscriptions. */
  slow: number;
}

/** A tenant that nobody used for so long, and that has no connections, is put away; milliseconds. */
const idleMs = 60_000;

interface Used extends Tenant {
  usedMs: number;
}

export class Tenants {
  readonly #make: (tenant: string | undefined) => Tenant;
  #putAway: (tenant: string) => void = () => {};
  readonly #home: Tenant;
  readonly #others = new Map<string, Used>();

  constructor(make: (tenant: string | undefined) => Tenant) {
    this.#make = make;
    this.#home = make(undefined);
  }

  /** The tenant of a principal; the default one's for those who have not said yet who they are. */
  of(principal: { readonly tenant?: string | undefined } | undefined): Tenant {
    const name = principal?.tenant;
    if (name === undefined) return this.#home;
    const known = this.#others.get(name);
    if (known !== undefined) {
      known.usedMs = performance.now();
      return known;
    }
    const made: Used = { ...this.#make(name), usedMs: performance.now() };
    this.#others.set(name, made);
    return made;
  }

  /** To be called with each tenant that is put away. */
  onPutAway(putAway: (tenant: string) => void): void {
    this.#putAway = putAway;
  }

  /** The tenant's hub, if there is one here. */
  awake(tenant: string | undefined): Tenant | undefined {
    return tenant === undefined ? this.#home : this.#others.get(tenant);
  }

  *all(): Generator<Tenant> {
    yield this.#home;
    yield* this.#others.values();
  }

  /** Of all tenants together. */
  get counts(): Counts {
    const sum: Counts = { sessions: 0, subscriptions: 0, channels: 0, inflight: 0, inflightBytes: 0, following: 0 };
    for (const { hub, engine } of this.all()) {
      const { sessions, subscriptions, channels } = hub.counts;
      const { inflight, inflightBytes, following } = engine.counts;
      sum.sessions += sessions;
      sum.subscriptions += subscriptions;
      sum.channels += channels;
      sum.inflight += inflight;
      sum.inflightBytes += inflightBytes;
      sum.following += following;
    }
    return sum;
  }

  /** Of all connections, looked at one by one: for whoever asks now and then. */
  get slowness(): Slowness {
    const sum: Slowness = { queuedBytes: 0, behind: 0, slow: 0 };
    for (const { hub } of this.all()) {
      for (const session of hub.connected.all) {
        const { queuedBytes, behind } = session.health();
        sum.queuedBytes += queuedBytes;
        sum.behind += behind;
        if (behind > 0) sum.slow++;
      }
    }
    return sum;
  }

  tick(): void {
    for (const { hub, engine } of this.all()) {
      engine.tick();
      hub.tick();
    }
    const now = performance.now();
    for (const [name, { hub, engine, usedMs }] of this.#others) {
      const { sessions, channels } = hub.counts;
      if (now - usedMs < idleMs || sessions + channels + engine.counts.inflight > 0 || hub.steering.isBusy) continue;
      hub.flush();
      this.#others.delete(name);
      this.#putAway(name);
    }
  }

  flush(): void {
    for (const { hub } of this.all()) hub.flush();
  }

  goingAway(reconnectAfterMs: () => number): void {
    for (const { hub } of this.all()) hub.goingAway(reconnectAfterMs);
  }

  revoke(isRevoked: (principal: Principal) => boolean): void {
    for (const { hub } of this.all()) hub.connected.revoke(isRevoked);
  }
}
