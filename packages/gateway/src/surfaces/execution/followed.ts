/** Commands that this connection gave: each change of state is told to it until the end, whatever rooms it is in. */
import { commandIsOpen, type Hub, hasFailed, lifeOf } from "@signalbox/core";
import type { Engine } from "../../engine.ts";
import type { Flat } from "./outward.ts";

interface FollowedOptions {
  engine: Engine;
  hub: Hub;
  /** How it is told, without what the viewer may not see. */
  seen(state: unknown): Flat;
  say(flat: Flat): void;
}

interface One {
  stop: () => void;
  /** What was told last. */
  told: string;
  /** Said with the first state. */
  ack: Flat | undefined;
  looking: boolean;
  changed: boolean;
}

export class Followed {
  readonly #options: FollowedOptions;
  readonly #all = new Map<string, One>();

  constructor(options: FollowedOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#all.size;
  }

  /** Says `ack` with the state that it has, then each other state. */
  follow(commandId: string, ack: Flat): void {
    const known = this.#all.get(commandId);
    if (known !== undefined) {
      known.ack = ack;
      this.#look(commandId, known);
      return;
    }
    const one: One = { stop: () => {}, told: "", ack, looking: false, changed: false };
    this.#all.set(commandId, one);
    // Before looking, so that no change falls in between.
    one.stop = this.#options.hub.steering.watch(`command/${commandId}`, () => this.#look(commandId, one));
    this.#look(commandId, one);
  }

  end(): void {
    for (const { stop } of this.#all.values()) stop();
    this.#all.clear();
  }

  #look(commandId: string, one: One): void {
    one.changed = one.looking;
    if (one.looking) return;
    one.looking = true;
    this.#options.engine.register(`command/${commandId}`, (answer) => {
      one.looking = false;
      if (this.#all.get(commandId) !== one) return;
      const life = hasFailed(answer) || answer.register === undefined ? undefined : lifeOf("command", answer.register);
      if (life !== undefined) {
        const flat = this.#options.seen(life.state);
        const { timestamp: _timestamp, ...shown } = flat;
        const telling = JSON.stringify(shown);
        if (one.ack !== undefined) this.#options.say({ ...one.ack, state: life.state.state });
        if (telling !== one.told && (one.ack === undefined || life.state.state !== "queued")) this.#options.say(flat);
        one.ack = undefined;
        one.told = telling;
        if (!commandIsOpen(life.state)) {
          one.stop();
          this.#all.delete(commandId);
        }
      }
      if (one.changed) this.#look(commandId, one);
    });
  }
}
