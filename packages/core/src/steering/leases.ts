/**
 * Who is at work, and since when nothing was heard of them (§12). Only the beginning and the end of a lease are kept in the
 * store; renewals stay here, by a clock that nobody sets. Nodes that share a store tell each other of whom they heard (§9.4).
 */
import type { Draft, LeaseData, PublishResult } from "@signalbox/protocol";
import { type Actor, type Failure, type HubPorts, hasFailed, type Principal } from "../hub-ports.ts";
import { channelError } from "../intake.ts";
import type { NamespaceOptions } from "../namespaces.ts";
import type { Producer } from "../ports.ts";
import { forbidden } from "../rights/forbidden.ts";
import type { Heard, Stuck } from "./beat.ts";
import { Dues } from "./dues.ts";
import { leaseKey } from "./kinds.ts";
import { type Lease, leaseIsHeld, notHeld } from "./lease.ts";
import { Progress, type ProgressOptions, tellEveryMs } from "./progress.ts";

interface LeasesOptions extends ProgressOptions {
  ports: Pick<HubPorts, "steadyMs" | "newId" | "isShared" | "register">;
  namespaces: Readonly<Record<string, NamespaceOptions>>;
  byOf(principal: Principal): string;
  /** The lease as kept, and the event that changed it last. */
  find(channel: string, done: (answer: FoundLease | Failure) => void): void;
  /** Another producer or epoch holds the channel now, or nobody. `isOurs`: by what this node did. */
  moved(channel: string, isOurs: boolean): void;
  /** What is known of this register here is not so: it is looked up again. */
  lookAgain(key: string): void;
}

export interface FoundLease {
  lease: Lease | undefined;
  eventId: string | undefined;
}

interface Live {
  lease: Lease;
  /** When the producer was heard of last, by the steady clock. */
  heardMs: number;
  /** This node heard of it last; or another did, and told. */
  isHeardHere: boolean;
  /** What the others have not been told yet. */
  untold: "nothing" | "heard" | "moved";
  toldMs: number;
  /** Its end is being published: it is too late for renewals. */
  ending: boolean;
}

const defaultTtlMs = 15_000;
/** Ends in one tick, at most. */
const atOnce = 500;
/** One that is heard at several nodes in turn is told of so often at most. */
const tellAtMostMs = 1_000;
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
  readonly #progress: Progress;
  /** Those of which the others are to be told. */
  readonly #untold = new Set<Live>();
  #tickedMs: number | undefined;
  /** The store was out of reach: who seems silent may have been heard elsewhere. */
  #isUnsure = false;

  constructor(options: LeasesOptions) {
    this.#options = options;
    this.#progress = new Progress(options);
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
  heard(channel: string, { id, epoch }: Producer, type: string): void {
    const live = this.#lives.get(channel);
    if (live === undefined || live.lease.producer !== id || live.lease.epoch !== epoch) return;
    const hasMoved = live.lease.progressMs !== undefined && !quiet.has(type);
    this.#hear(live, hasMoved);
    if (hasMoved) this.#progress.moved(channel);
  }

  /** Another node heard of it. */
  heardElsewhere([channel, epoch, hasMoved]: Heard): void {
    const live = this.#lives.get(channel);
    if (live === undefined || live.lease.epoch !== epoch) return;
    live.heardMs = this.#options.ports.steadyMs();
    live.isHeardHere = false;
    if (hasMoved) this.#progress.movedElsewhere(channel);
  }

  /** Another node said that it is stuck. */
  stuckElsewhere([channel, epoch, offset]: Stuck): void {
    if (this.#lives.get(channel)?.lease.epoch === epoch) this.#progress.stuckElsewhere(channel, offset);
  }

  /** The lease as it is kept now. Whoever holds it has its whole time from here on. */
  changed(channel: string, lease: Lease | undefined, isOurs: boolean): void {
    const before = this.#lives.get(channel);
    if (before !== undefined && before.lease.epoch !== lease?.epoch) this.#untold.delete(before);
    if (lease === undefined || !leaseIsHeld(lease)) {
      if (before === undefined) return;
      this.#untold.delete(before);
      this.#lives.delete(channel);
      this.#ends.set(channel, undefined);
      this.#progress.end(channel);
      this.#options.moved(channel, isOurs);
      return;
    }
    if (before?.lease.epoch === lease.epoch) return;
    const nowMs = this.#options.ports.steadyMs();
    const toldMs = isOurs ? nowMs : Number.NEGATIVE_INFINITY;
    const live: Live = { lease, heardMs: nowMs, isHeardHere: isOurs, untold: "nothing", toldMs, ending: false };
    this.#lives.set(channel, live);
    this.#ends.set(channel, nowMs + lease.ttlMs);
    this.#progress.begin(lease, isOurs);
    this.#options.moved(channel, isOurs);
  }

  /** This node could not hear: everybody has their whole time again. */
  heardNobody(): void {
    const nowMs = this.#options.ports.steadyMs();
    for (const live of this.#lives.values()) live.heardMs = nowMs;
    this.#progress.sawNothing();
  }

  /** What others told, and what they were told, may have been lost. */
  missed(): void {
    this.#isUnsure = false;
    this.heardNobody();
    for (const live of this.#lives.values()) live.toldMs = Number.NEGATIVE_INFINITY;
    this.#progress.missed();
  }

  /** What the others are to be told of those that were heard of here. To be called about once a second. */
  takeHeard(): Heard[] {
    const nowMs = this.#options.ports.steadyMs();
    const heard: Heard[] = [];
    for (const live of this.#untold) {
      if (nowMs - live.toldMs >= tellEveryMs(live.lease)) heard.push(this.#toTell(live));
    }
    return heard;
  }

  /** Ends what is due. To be called about once a second. */
  tick(): void {
    const nowMs = this.#options.ports.steadyMs();
    if (this.#tickedMs !== undefined && nowMs - this.#tickedMs > pauseMs) this.heardNobody();
    this.#tickedMs = nowMs;
    for (const channel of this.#ends.take(nowMs, atOnce)) {
      const live = this.#lives.get(channel);
      if (live === undefined || !this.#isOver(live, nowMs)) continue;
      if (this.#isUnsure) this.#look(live);
      else this.#end(live);
    }
    this.#progress.tick();
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
      else {
        find(channel, (found) => {
          if (hasFailed(found)) done(found);
          // Taken from it again meanwhile: that epoch is not its own.
          else if (found.eventId !== result?.id && found.lease !== undefined) done(takenBy(found.lease));
          else done(answerOf(found.lease));
        });
      }
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
      // It may be asked for before it is known here: after a start, or after it was taken at another node.
      if (this.#lives.get(about.channel)?.lease.epoch !== about.epoch) this.changed(about.channel, lease, false);
      const live = this.#lives.get(about.channel);
      if (live === undefined || live.ending) {
        done({ failed: "wrong_state", message: "the lease is being ended", details: { state: "lost" } });
        return;
      }
      this.#hear(live, false);
      done(answerOf(lease));
    });
  }

  #hear(live: Live, hasMoved: boolean): void {
    const { ports, tell } = this.#options;
    const nowMs = ports.steadyMs();
    const isLate = nowMs - live.heardMs >= live.lease.ttlMs;
    const isNew = !live.isHeardHere;
    live.heardMs = nowMs;
    live.isHeardHere = true;
    if (!ports.isShared) return;
    if (hasMoved) live.untold = "moved";
    else if (live.untold === "nothing") live.untold = "heard";
    // Those who heard it before may be about to miss it.
    if ((isLate || isNew) && nowMs - live.toldMs >= tellAtMostMs) tell([this.#toTell(live)], []);
    else this.#untold.add(live);
  }

  #toTell(live: Live): Heard {
    const { channel, epoch } = live.lease;
    const heard = [channel, epoch, live.untold === "moved"] as const;
    this.#untold.delete(live);
    live.untold = "nothing";
    live.toldMs = this.#options.ports.steadyMs();
    return heard;
  }

  /** Renewals only move `heardMs`: that it is not over yet is found when it would have been. */
  #isOver(live: Live, nowMs: number): boolean {
    const { channel, ttlMs } = live.lease;
    const silenceMs = this.#options.patience.silenceMs(channel, live.isHeardHere, tellEveryMs(live.lease));
    const dueMs = live.heardMs + ttlMs + silenceMs;
    if (dueMs <= nowMs) return true;
    this.#ends.set(channel, dueMs);
    return false;
  }

  /** Once the store answers again everybody has their whole time: whoever renewed elsewhere meanwhile was not heard here. */
  #look({ lease: { channel } }: Live): void {
    const { ports } = this.#options;
    this.#ends.set(channel, ports.steadyMs() + againMs);
    ports.register(leaseKey(channel), (answer) => {
      if (hasFailed(answer) || !this.#isUnsure) return;
      this.#isUnsure = false;
      this.heardNobody();
    });
  }

  #end(live: Live): void {
    const { own, ports, publish, statusOf, lookAgain } = this.#options;
    const { channel, producer, epoch, ttlMs } = live.lease;
    statusOf(channel, (previous) => {
      if (this.#lives.get(channel) !== live || !this.#isOver(live, ports.steadyMs())) return;
      live.ending = true;
      const data = {
        ...{ channel, producer, epoch, reason: `not renewed for ${ttlMs} ms` },
        ...(previous === undefined ? {} : { previousStatus: previous.status }),
      };
      publish([{ type: "lease_lost", channel, data }], { principal: own }, ([result]) => {
        // Kept, and so ended; or it is tried again, and may be renewed until then.
        if (this.#lives.get(channel) !== live) return;
        live.ending = false;
        this.#ends.set(channel, ports.steadyMs() + againMs);
        if (ports.isShared && result !== undefined && "error" in result && result.error.temporary)
          this.#isUnsure = true;
        // By another node, before this one heard of it.
        if (result !== undefined && "error" in result && !result.error.temporary) lookAgain(leaseKey(channel));
      });
    });
  }
}

const takenBy = ({ channel, producer, epoch }: Lease): Failure => ({
  failed: "fenced",
  message: `${producer} has epoch ${epoch} of this lease`,
  details: { channel, producer, epoch },
});

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
