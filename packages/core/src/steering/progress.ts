/**
 * Whether agents that run show something of it (§12.4): one that shows nothing for too long is said to be stuck, once, and with its
 * next event to run again, by whichever node sees it.
 */
import { agentStatusOf, type Draft, type Metadata, type Position, type PublishResult } from "@signalbox/protocol";
import type { Actor, HubPorts, Principal } from "../hub-ports.ts";
import type { Heard, Stuck } from "./beat.ts";
import { Dues } from "./dues.ts";
import type { Lease } from "./lease.ts";
import type { Patience } from "./patience.ts";

export interface StatusAt {
  status: string;
  at: Position;
}

export interface ProgressOptions {
  ports: Pick<HubPorts, "steadyMs">;
  patience: Patience;
  own: Principal;
  publish(drafts: readonly Draft[], actor: Actor, done: (results: PublishResult[]) => void): void;
  /** What the events of an agent's channel say of its status, and the newest of these; `undefined` if they say nothing. */
  statusOf(channel: string, done: (status: StatusAt | undefined) => void): void;
  /** To other nodes, at once. */
  tell(heard: readonly Heard[], stuck: readonly Stuck[]): void;
}

interface Watched {
  lease: Lease;
  progressMs: number;
  /** When it published something that shows progress, by the steady clock. */
  movedMs: number;
  /** To this node; or to another, which told. */
  isMovedHere: boolean;
  /** Is it being looked at whether it is stuck? */
  isLookedAt: boolean;
  /** `overtaken`: it published something while that was being told. */
  stuck: "no" | "telling" | "overtaken" | "told";
  /** Offset of the event that says that it is. */
  stuckAt: number | undefined;
}

/** Looked at in one tick, at most. */
const atOnce = 500;
/** What the store did not take is tried again. */
const againMs = 5_000;
/** It may publish something just while it is being said that it runs again. */
const triesAtMost = 5;

/** Others hear at least so often of the lease of one that is heard of here. */
export const tellEveryMs = ({ ttlMs, progressMs = ttlMs }: Lease): number => Math.min(ttlMs, progressMs) / 3;

export class Progress {
  readonly #options: ProgressOptions;
  /** By channel. */
  readonly #watched = new Map<string, Watched>();
  readonly #looks = new Dues();

  constructor(options: ProgressOptions) {
    this.#options = options;
  }

  /** A lease is held from now on. `isOurs`: it was taken at this node. */
  begin(lease: Lease, isOurs: boolean): void {
    const { channel, progressMs } = lease;
    this.end(channel);
    if (progressMs === undefined || !channel.startsWith("agent:")) return;
    const watched: Watched = {
      ...{ lease, progressMs, movedMs: this.#options.ports.steadyMs(), isMovedHere: isOurs },
      ...{ isLookedAt: false, stuck: "no", stuckAt: undefined },
    };
    this.#watched.set(channel, watched);
    this.#watch(watched);
    this.#recall(watched);
  }

  end(channel: string): void {
    this.#watched.delete(channel);
    this.#looks.set(channel, undefined);
  }

  /** It published something here. */
  moved(channel: string): void {
    const watched = this.#watched.get(channel);
    if (watched === undefined) return;
    watched.movedMs = this.#options.ports.steadyMs();
    watched.isMovedHere = true;
    this.#watch(watched);
    if (watched.stuck === "telling") watched.stuck = "overtaken";
    else if (watched.stuck === "told") {
      watched.stuck = "no";
      this.#tellRunning(watched);
    }
  }

  /** Another node heard that it published something, and says what follows. */
  movedElsewhere(channel: string): void {
    const watched = this.#watched.get(channel);
    if (watched === undefined) return;
    watched.movedMs = this.#options.ports.steadyMs();
    watched.isMovedHere = false;
    watched.stuck = "no";
    this.#watch(watched);
  }

  /** Another node said that it is stuck. */
  stuckElsewhere(channel: string, offset: number): void {
    const watched = this.#watched.get(channel);
    if (watched === undefined) return;
    watched.stuckAt = offset;
    const isSilent = watched.movedMs + watched.progressMs <= this.#options.ports.steadyMs();
    if (isSilent || !watched.isMovedHere) watched.stuck = "told";
    // It published something before this was known here.
    else this.#tellRunning(watched);
  }

  /** This node could not see: everybody has their whole time again. */
  sawNothing(): void {
    for (const watched of this.#watched.values()) watched.movedMs = this.#options.ports.steadyMs();
  }

  /** What other nodes said of it may have been missed. */
  missed(): void {
    for (const watched of this.#watched.values()) if (watched.stuck === "no") this.#recall(watched);
  }

  /** To be called about once a second. */
  tick(): void {
    const nowMs = this.#options.ports.steadyMs();
    for (const channel of this.#looks.take(nowMs, atOnce)) {
      const watched = this.#watched.get(channel);
      if (watched === undefined) continue;
      watched.isLookedAt = false;
      if (this.#isSilent(watched)) this.#look(watched);
    }
  }

  #watch(watched: Watched): void {
    if (watched.isLookedAt) return;
    watched.isLookedAt = true;
    this.#looks.set(watched.lease.channel, this.#stuckMs(watched));
  }

  #isSilent(watched: Watched): boolean {
    if (this.#stuckMs(watched) <= this.#options.ports.steadyMs()) return true;
    this.#watch(watched);
    return false;
  }

  /** When it is stuck, unless it shows something by then. */
  #stuckMs({ lease, progressMs, movedMs, isMovedHere }: Watched): number {
    return movedMs + progressMs + this.#options.patience.silenceMs(lease.channel, isMovedHere, tellEveryMs(lease));
  }

  /** What an earlier run, or another node, said still stands. */
  #recall(watched: Watched): void {
    const { lease, movedMs } = watched;
    this.#options.statusOf(lease.channel, (found) => {
      const isSame = watched.stuck === "no" && watched.movedMs === movedMs;
      if (isSame && found?.status === "stuck") watched.stuck = "told";
    });
  }

  /** One that says it runs and shows nothing of it is stuck; one that says it waits may wait. */
  #look(watched: Watched): void {
    const { channel } = watched.lease;
    this.#options.statusOf(channel, (found) => {
      if (this.#watched.get(channel) !== watched || !this.#isSilent(watched) || watched.stuck !== "no") return;
      if (found?.status === "stuck") watched.stuck = "told";
      if (found !== undefined && agentStatusOf(found.status) === "running") this.#tellStuck(watched, found);
    });
  }

  /** Only if nothing was published since the status was seen: by its producer anywhere, or by another node that says the same. */
  #tellStuck(watched: Watched, { status, at }: StatusAt): void {
    const { ports, tell } = this.#options;
    const { lease, progressMs } = watched;
    const { channel, epoch } = lease;
    watched.stuck = "telling";
    const says = { status: "stuck", previousStatus: status, reason: `published nothing for ${progressMs} ms` };
    this.#tell(channel, says, { expected: at }, (offset) => {
      const was = watched.stuck;
      if (was === "telling") watched.stuck = offset === undefined ? "no" : "told";
      else if (was === "overtaken") watched.stuck = "no";
      if (offset !== undefined) {
        watched.stuckAt = offset;
        tell([], [[channel, epoch, offset]]);
        if (was === "overtaken") this.#tellRunning(watched);
      } else if (was === "telling" && this.#watched.get(channel) === watched) {
        watched.isLookedAt = true;
        this.#looks.set(channel, ports.steadyMs() + againMs);
      }
    });
  }

  /** Once for each time that it was stuck, whichever nodes say so; unless it said itself how it is. */
  #tellRunning(watched: Watched): void {
    const { stuckAt, lease } = watched;
    const { channel, epoch } = lease;
    watched.stuckAt = undefined;
    const once = stuckAt === undefined ? {} : { idempotencyKey: `running ${epoch} ${stuckAt}` };
    const tell = (tries: number): void =>
      this.#options.statusOf(channel, (found) => {
        if (found?.status !== "stuck") return;
        // One that publishes much is not waited for for ever.
        const metadata = tries < triesAtMost ? { ...once, expected: found.at } : once;
        this.#tell(channel, { status: "running", previousStatus: "stuck" }, metadata, (offset) => {
          if (offset === undefined && tries < triesAtMost) tell(tries + 1);
        });
      });
    tell(1);
  }

  /** Calls back with the offset of what was kept. */
  #tell(
    channel: string,
    says: Record<string, string>,
    metadata: Metadata,
    done: (offset: number | undefined) => void,
  ): void {
    const { own, publish } = this.#options;
    const data = { agentId: channel.slice("agent:".length), ...says };
    publish([{ type: "agent_status", channel, data, metadata }], { principal: own }, ([result]) => {
      done(result === undefined || "error" in result ? undefined : result.offset);
    });
  }
}
