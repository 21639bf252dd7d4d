/** Who drives where, and since when nothing was seen of them: who is gone has left (§13.7). */
import type { Draft, PublishResult } from "@signalbox/protocol";
import type { Actor, HubPorts, Principal } from "../hub-ports.ts";
import type { Seen } from "./beat.ts";
import type { Driver } from "./driver.ts";
import { driverKey } from "./kinds.ts";
import type { Patience } from "./patience.ts";

interface DriversOptions {
  ports: Pick<HubPorts, "steadyMs">;
  own: Principal;
  patience: Patience;
  /** Who is gone for so long has left. */
  goneMs: number;
  /** Does a connection of `KIND:ID` keep a member of the channel? */
  isPresent(channel: string, driver: string): boolean;
  publish(drafts: readonly Draft[], actor: Actor, done: (results: PublishResult[]) => void): void;
  /** What is known of this register here is not so: it is looked up again. */
  lookAgain(key: string): void;
}

interface Driving {
  driver: string;
  /** By the steady clock. */
  seenMs: number;
  /** This node saw them last; or another did, and told. */
  isHere: boolean;
  /** When this node told that it had seen them. */
  toldMs: number;
  /** Its leaving is being published. */
  leaving: boolean;
}

/** Ticks come about once a second. After a longer pause it was the gateway that saw nobody. */
const pauseMs = 5_000;

export class Drivers {
  readonly #options: DriversOptions;
  readonly #driving = new Map<string, Driving>();
  #tickedMs: number | undefined;

  constructor(options: DriversOptions) {
    this.#options = options;
  }

  /** Channels that somebody drives. */
  get size(): number {
    return this.#driving.size;
  }

  /** The driver as it is kept now: it has its whole time from here on. */
  changed(channel: string, driver: Driver | undefined): void {
    const name = driver?.driver ?? undefined;
    if (name === undefined) {
      this.#driving.delete(channel);
      return;
    }
    if (this.#driving.get(channel)?.driver === name) return;
    const seenMs = this.#options.ports.steadyMs();
    const never = Number.NEGATIVE_INFINITY;
    this.#driving.set(channel, { driver: name, seenMs, isHere: false, toldMs: never, leaving: false });
  }

  /** It gave an input: all nodes know that. */
  heard(channel: string, by: string): void {
    const driving = this.#driving.get(channel);
    if (driving?.driver === by) driving.seenMs = this.#options.ports.steadyMs();
  }

  /** Another node saw it. */
  seen([channel, by]: Seen): void {
    const driving = this.#driving.get(channel);
    if (driving?.driver !== by) return;
    driving.seenMs = this.#options.ports.steadyMs();
    driving.isHere = false;
  }

  /** This node could not see or hear: everybody has their whole time again, and is told of anew. */
  sawNobody(): void {
    const nowMs = this.#options.ports.steadyMs();
    for (const driving of this.#driving.values()) {
      driving.seenMs = nowMs;
      driving.toldMs = Number.NEGATIVE_INFINITY;
    }
  }

  /** To be called about once a second. Returns what the others are to be told. */
  tick(): Seen[] {
    const { ports, isPresent, goneMs, patience } = this.#options;
    const now = ports.steadyMs();
    if (this.#tickedMs !== undefined && now - this.#tickedMs > pauseMs) this.sawNobody();
    this.#tickedMs = now;
    const seen: Seen[] = [];
    const everyMs = goneMs / 3;
    for (const [channel, driving] of this.#driving) {
      if (isPresent(channel, driving.driver)) {
        driving.seenMs = now;
        driving.isHere = true;
        if (now - driving.toldMs < everyMs) continue;
        driving.toldMs = now;
        seen.push([channel, driving.driver]);
        continue;
      }
      const waitMs = goneMs + patience.silenceMs(driverKey(channel), driving.isHere, everyMs);
      if (now - driving.seenMs >= waitMs && !driving.leaving) this.#leave(channel, driving);
    }
    return seen;
  }

  #leave(channel: string, driving: Driving): void {
    const { own, publish, lookAgain } = this.#options;
    driving.leaving = true;
    const data = { channel, driver: null, previous: driving.driver };
    publish([{ type: "driver_changed", channel, data }], { principal: own }, ([result]) => {
      // Kept, and so it drives no more; or the next tick tries again.
      driving.leaving = false;
      const isRefused = result !== undefined && "error" in result && !result.error.temporary;
      if (isRefused && this.#driving.get(channel) === driving) lookAgain(driverKey(channel));
    });
  }
}
