/** Who drives where, and since when nothing was seen of them: who is gone has left (§13.7). */
import type { Draft, PublishResult } from "@signalbox/protocol";
import type { Actor, HubPorts, Principal } from "../hub-ports.ts";
import type { Driver } from "./driver.ts";

interface DriversOptions {
  ports: Pick<HubPorts, "steadyMs">;
  own: Principal;
  /** Who is gone for so long has left. */
  goneMs: number;
  /** Does a connection of `KIND:ID` keep a member of the channel? */
  isPresent(channel: string, driver: string): boolean;
  publish(drafts: readonly Draft[], actor: Actor, done: (results: PublishResult[]) => void): void;
}

interface Driving {
  driver: string;
  /** By the steady clock. */
  seenMs: number;
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
    this.#driving.set(channel, { driver: name, seenMs: this.#options.ports.steadyMs(), leaving: false });
  }

  /** It gave an input. */
  heard(channel: string, by: string): void {
    const driving = this.#driving.get(channel);
    if (driving?.driver === by) driving.seenMs = this.#options.ports.steadyMs();
  }

  /** To be called about once a second. */
  tick(): void {
    const { ports, isPresent, goneMs } = this.#options;
    const now = ports.steadyMs();
    const wasAway = this.#tickedMs !== undefined && now - this.#tickedMs > pauseMs;
    this.#tickedMs = now;
    for (const [channel, driving] of this.#driving) {
      if (wasAway || isPresent(channel, driving.driver)) driving.seenMs = now;
      else if (now - driving.seenMs >= goneMs && !driving.leaving) this.#leave(channel, driving);
    }
  }

  #leave(channel: string, driving: Driving): void {
    const { own, publish } = this.#options;
    driving.leaving = true;
    const data = { channel, driver: null, previous: driving.driver };
    publish([{ type: "driver_changed", channel, data }], { principal: own }, () => {
      // Kept, and so it drives no more; or the next tick tries again.
      driving.leaving = false;
    });
  }
}
