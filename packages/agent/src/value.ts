/** A state that changes and tells who listens: what `Readable` of the client promises. */
import type { Readable } from "@signalbox/client";

export class Value<State> implements Readable<State> {
  readonly #listeners = new Set<() => void>();
  #state: State;

  constructor(state: State) {
    this.#state = state;
  }

  snapshot(): State {
    return this.#state;
  }

  subscribe(listener: () => void): () => void {
    const own = (): void => listener();
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  set(state: State): void {
    this.#state = state;
    for (const listener of [...this.#listeners]) callOut(listener);
  }

  /** Resolves with the first state, from now on, of which this is so. */
  until(isSo: (state: State) => boolean): Promise<State> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!isSo(this.#state)) return;
        stop();
        resolve(this.#state);
      };
      const stop = this.subscribe(look);
      look();
    });
  }
}

/** A fault of the program's own callback must not stop us: it surfaces as uncaught, like a listener's. */
export function callOut(callback: () => void): void {
  try {
    callback();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
