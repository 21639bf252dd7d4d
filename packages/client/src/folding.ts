/** One channel's state: a snapshot, and the events after it. */
import type { Position, Publication, Snapshot } from "@signalbox/protocol";
import type { Fold } from "./types.ts";

export class Folding<State> {
  state: State;
  readonly #fold: Fold<State>;
  readonly #channel: string;
  #at: Position | undefined;

  constructor(fold: Fold<State>, channel: string) {
    this.#fold = fold;
    this.#channel = channel;
    this.state = fold.initial(channel);
  }

  apply(event: Publication): void {
    const { epoch, offset } = event;
    // Ephemeral events are part of no state; a snapshot may be ahead of the events that follow it.
    if (offset === undefined || (this.#at?.epoch === epoch && offset <= this.#at.offset)) return;
    this.#at = { epoch, offset };
    this.state = this.#fold.apply(this.state, event);
  }

  /** False: the snapshot was made by another fold. */
  restore({ reducer, version, epoch, offset, state }: Snapshot): boolean {
    if (reducer !== this.#fold.name || version !== this.#fold.version) return false;
    if (this.#at?.epoch === epoch && offset < this.#at.offset) return true;
    this.#at = { epoch, offset };
    // The same name and version: the same shape.
    this.state = state as State;
    return true;
  }

  /** Another history begins. */
  reset(): void {
    this.#at = undefined;
    this.state = this.#fold.initial(this.#channel);
  }
}
