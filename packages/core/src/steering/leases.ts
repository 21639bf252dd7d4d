/**
 * Who is at work, and since when nothing was heard of them (§12). Only the beginning and the end of a lease are kept in the
 * store; renewals stay here, by a clock that nobody sets.
 */
import { agentStatusOf, type Draft, type LeaseData, type PublishResult } from "@signalbox/protocol";
import { type Actor, type Failure, type HubPorts, hasFailed, type Principal } from "../hub-ports.ts";
import { channelError } from "../intake.ts";
import type { NamespaceOptions } from "../namespaces.ts";
import type { Producer } from "../ports.ts";
import { forbidden } from "../rights/forbidden.ts";
import { Dues } from "./dues.ts";
import { type Lease, leaseIsHeld, notHeld } from "./lease.ts";

interface LeasesOptions {
  ports: Pick<HubPorts, "steadyMs" | "newId">;
  namespaces: Readonly<Record<string, NamespaceOptions>>;
  own: Principal;
  byOf(principal: Principal): string;
  publish(drafts: readonly Draft[], actor: Actor, done: (results: PublishResult[]) => void): void;
  /** The lease as kept. */
  find(channel: string, done: (answer: { lease: Lease | undefined } | Failure) => void): void;
  /** The status that the events of an agent's channel say; `undefined` if they say none. */
  statusOf(channel: string, done: (status: string | undefined) => void): void;
  /** Another producer or epoch holds the channel now, or nobody. */
  moved(channel: string): void;
}

interface Live {
  lease: Lease;
  /** When the producer was heard of last, by the steady clock. */
  heardMs: number;
  /** When it published something that shows progress. */
  movedMs: number;
  /** Is it being looked at whether it is stuck? */
  watched: boolean;
  stuck: "no" | "telling" | "told";
  /** Its end is being published: it is too late for renewals. */
  ending: boolean;
}

const defaultTtlMs = 15_000;
/** Ends in one tick, at most. */
const atOnce = 500;
/** What the store did not take is tried again. */
const againMs = 5_000;
/** Ticks come about once a second. After a longer pause it was the gateway that was not listening. */
const pauseMs = 5_000;
/** Epochs tried when a producer has gone ahead by itself. */
const triesAtMost = 3;
/** These say nothing of how the work goes on. */
const quiet: ReadonlySet<string> = new Set(["agent_metric", "agent_usage"]);

export class Leases {
  readonly #options: LeasesOptions;
  readonly #lives = new Map<string, Live>();
  readonly #ends = new Dues();
  readonly #looks = new Dues();
  #tickedMs: number | undefined;

  constructor(options: LeasesOptions) {
    this.#options = options;
  }

  /** Leases that are held. */
  get size(): number {
    return this.#lives.size;
  }

  /** Epoch of the lease that somebody holds of the channel. */
  epochOf(channel: string): number | undefined {
    return this.heldOf(channel)?.epoch;
  }

  heldOf(channel: string): Lease | undefined {
    return this.#lives.get(channel)?.lease;
  }

  *held(): Generator<Lease> {
    for (const { lease } of this.#lives.values()) yield lease;
  }

  /** A request of §12.1, answered once its effect is kept. */
  ask(data: LeaseData, actor: Actor, done: (answer: LeaseData | Failure) => void): void {
    const { channel, producer, epoch, release } = data;
    const { rights } = actor.principal;
    const wrong = channelError(channel, this.#options.namespaces);
    const agentId = channel.startsWith("agent:") ? channel.slice("agent:".length) : undefined;
    if (wrong !== undefined) done({ failed: wrong.name, message: wrong.message, ...detailsOf(wrong) });
    else if (!rights.may("publish", channel) || (agentId !== undefined && !rights.speaksFor(agentId))) {
      const { name, message, details } = forbidden("publish", channel);
      done({ failed: name, message, ...detailsOf({ details }) });
    } else if (epoch === undefined && release === true) {
      const rule = "is required with release";
      done({ failed: "invalid_message", message: `/data/epoch ${rule}`, details: { path: "/data/epoch", rule } });
    } else if (epoch === undefined) this.#take(data, actor, done, 1, 1);
    else if (release === true) this.#release({ channel, producer, epoch }, actor, done);
    else this.#renew({ channel, producer, epoch }, done);
  }

  /** An event was kept, or passed on: its producer is there. */
  heard(channel: string, { id, epoch }: Producer, type: string, data: unknown): void {
    const live = this.#lives.get(channel);
    if (live === undefined || live.lease.producer !== id || live.lease.epoch !== epoch) return;
    live.heardMs = this.#options.ports.steadyMs();
    if (live.lease.progressMs === undefined || quiet.has(type)) return;
    live.movedMs = live.heardMs;
    this.#watch(live);
    const { stuck } = live;
    if (stuck === "no") return;
    live.stuck = "no";
    const says = type === "agent_status" ? statusIn(data) : undefined;
    // It says itself how it is, and that comes last.
    if (stuck === "told" && says !== undefined) return;
    this.#tell(live, { status: says ?? "running", previousStatus: "stuck" }, () => {});
  }

  /** The lease as it is kept now. Whoever holds it has its whole time from here on. */
  changed(channel: string, lease: Lease | undefined): void {
    const before = this.#lives.get(channel);
    if (lease === undefined || !leaseIsHeld(lease)) {
      if (before === undefined) return;
      this.#lives.delete(channel);
      this.#ends.set(channel, undefined);
      this.#looks.set(channel, undefined);
      this.#options.moved(channel);
      return;
    }
    if (before?.lease.epoch === lease.epoch) return;
    const nowMs = this.#options.ports.steadyMs();
    const live: Live = { lease, heardMs: nowMs, movedMs: nowMs, watched: false, stuck: "no", ending: false };
    this.#lives.set(channel, live);
    this.#looks.set(channel, undefined);
    this.#ends.set(channel, nowMs + lease.ttlMs);
    if (lease.progressMs !== undefined && channel.startsWith("agent:")) {
      this.#watch(live);
      // What an earlier run said still stands.
      this.#options.statusOf(channel, (status) => {
        if (live.stuck === "no" && live.movedMs === nowMs && status === "stuck") live.stuck = "told";
      });
    }
    this.#options.moved(channel);
  }

  /** Ends what is due. To be called about once a second. */
  tick(): void {
    const nowMs = this.#options.ports.steadyMs();
    if (this.#tickedMs !== undefined && nowMs - this.#tickedMs > pauseMs) {
      for (const live of this.#lives.values()) {
        live.heardMs = nowMs;
        live.movedMs = nowMs;
      }
    }
    this.#tickedMs = nowMs;
    for (const channel of this.#ends.take(nowMs, atOnce)) {
      const live = this.#lives.get(channel);
      if (live !== undefined && this.#isOver(live, nowMs)) this.#end(live);
    }
    for (const channel of this.#looks.take(nowMs, atOnce)) {
      const live = this.#lives.get(channel);
      if (live === undefined) continue;
      live.watched = false;
      if (this.#isSilent(live, nowMs)) this.#look(live);
    }
  }

  #take(
    data: LeaseData,
    actor: Actor,
    done: (answer: LeaseData | Failure) => void,
    least: number,
    tries: number,
  ): void {
    const { own, byOf, publish, find } = this.#options;
    const { channel, producer, ttlMs = defaultTtlMs, progressMs, takeOver } = data;
    const draft: Draft = {
      type: "lease_held",
      channel,
      data: {
        ...{ channel, producer, ttlMs, epoch: least, by: byOf(actor.principal) },
        ...(progressMs === undefined ? {} : { progressMs }),
        ...(takeOver === undefined ? {} : { takeOver }),
      },
    };
    publish([draft], { principal: own, charged: actor.principal.key }, ([result]) => {
      const failure = failureIn(result);
      const next = Number(failure?.details?.epoch) + 1;
      if (failure?.failed === "fenced" && tries < triesAtMost && Number.isSafeInteger(next)) {
        this.#take(data, actor, done, next, tries + 1);
      } else if (failure !== undefined) done(failure);
      else find(channel, (found) => done(hasFailed(found) ? found : answerOf(found.lease)));
    });
  }

  #release(about: Held, actor: Actor, done: (answer: LeaseData | Failure) => void): void {
    const { own, publish } = this.#options;
    const draft: Draft = { type: "lease_released", channel: about.channel, data: about };
    publish([draft], { principal: own, charged: actor.principal.key }, ([result]) => {
      done(failureIn(result) ?? { ...about, state: "released" });
    });
  }

  #renew(about: Held, done: (answer: LeaseData | Failure) => void): void {
    this.#options.find(about.channel, (found) => {
      if (hasFailed(found)) {
        done(found);
        return;
      }
      const { lease } = found;
      const refused = notHeld(lease, about);
      if (refused !== undefined) {
        const { failed, message } = refused;
        done({ failed, message, ...detailsOf(refused) });
        return;
      }
      // After a start it may be asked for before all of them were looked up.
      this.changed(about.channel, lease);
      const live = this.#lives.get(about.channel);
      if (live === undefined || live.ending) {
        done({ failed: "wrong_state", message: "the lease is being ended", details: { state: "lost" } });
        return;
      }
      live.heardMs = this.#options.ports.steadyMs();
      done(answerOf(lease));
    });
  }

  /** Renewals only move `heardMs`: that it is not over yet is found when it would have been. */
  #isOver(live: Live, nowMs: number): boolean {
    const dueMs = live.heardMs + live.lease.ttlMs;
    if (dueMs <= nowMs) return true;
    this.#ends.set(live.lease.channel, dueMs);
    return false;
  }

  #end(live: Live): void {
    const { own, ports, publish, statusOf } = this.#options;
    const { channel, producer, epoch, ttlMs } = live.lease;
    statusOf(channel, (previousStatus) => {
      if (this.#lives.get(channel) !== live || !this.#isOver(live, ports.steadyMs())) return;
      live.ending = true;
      const data = {
        ...{ channel, producer, epoch, reason: `not renewed for ${ttlMs} ms` },
        ...(previousStatus === undefined ? {} : { previousStatus }),
      };
      publish([{ type: "lease_lost", channel, data }], { principal: own }, () => {
        // Kept, and so ended; or it is tried again, and may be renewed until then.
        if (this.#lives.get(channel) !== live) return;
        live.ending = false;
        this.#ends.set(channel, ports.steadyMs() + againMs);
      });
    });
  }

  #watch(live: Live): void {
    const { channel, progressMs } = live.lease;
    if (live.watched || progressMs === undefined) return;
    live.watched = true;
    this.#looks.set(channel, live.movedMs + progressMs);
  }

  #isSilent(live: Live, nowMs: number): boolean {
    if (live.movedMs + (live.lease.progressMs ?? 0) <= nowMs) return true;
    this.#watch(live);
    return false;
  }

  /** One that says it runs and shows nothing of it is stuck; one that says it waits may wait. */
  #look(live: Live): void {
    const { ports, statusOf } = this.#options;
    const { channel, progressMs } = live.lease;
    statusOf(channel, (status) => {
      if (this.#lives.get(channel) !== live || !this.#isSilent(live, ports.steadyMs())) return;
      if (live.stuck !== "no" || status === undefined || agentStatusOf(status) !== "running") return;
      live.stuck = "telling";
      const reason = `published nothing for ${progressMs} ms`;
      this.#tell(live, { status: "stuck", previousStatus: status, reason }, (isKept) => {
        if (isKept && live.stuck === "telling") live.stuck = "told";
        if (isKept || this.#lives.get(channel) !== live) return;
        live.stuck = "no";
        live.watched = true;
        this.#looks.set(channel, ports.steadyMs() + againMs);
      });
    });
  }

  #tell(live: Live, says: Record<string, string>, done: (isKept: boolean) => void): void {
    const { channel } = live.lease;
    const data = { agentId: channel.slice("agent:".length), ...says };
    this.#options.publish([{ type: "agent_status", channel, data }], { principal: this.#options.own }, ([result]) => {
      done(failureIn(result) === undefined);
    });
  }
}

interface Held {
  channel: string;
  producer: string;
  epoch: number;
}

const answerOf = (lease: Lease | undefined): LeaseData | Failure => {
  if (lease === undefined) return { failed: "not_found", message: "the lease has ended" };
  const { channel, producer, epoch, ttlMs, progressMs, state } = lease;
  const answer = { channel, producer, epoch, ttlMs, state };
  return progressMs === undefined ? answer : { ...answer, progressMs };
};

const detailsOf = ({ details }: { details?: Record<string, unknown> | undefined }): Pick<Failure, "details"> =>
  details === undefined ? {} : { details };

function failureIn(result: PublishResult | undefined): Failure | undefined {
  if (result === undefined) return { failed: "internal", message: "the hub gave no result" };
  if (!("error" in result)) return undefined;
  const { name, message } = result.error;
  return { failed: name, message, ...detailsOf(result.error) };
}

const statusIn = (data: unknown): string | undefined => {
  const status: unknown = typeof data === "object" && data !== null ? Reflect.get(data, "status") : undefined;
  return typeof status === "string" ? status : undefined;
};
