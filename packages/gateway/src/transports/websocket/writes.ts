/** Gathers what is written to connections in one turn of the event loop: one system call each at its end. */
import { Bundle } from "./bundle.ts";

interface Held {
  flush(): void;
}

const nothing = new Uint8Array(0);

export class Writes {
  /** What every connection begins a turn with. */
  empty = new Bundle(nothing);
  #held: Held[] = [];
  readonly #flush = (): void => {
    const held = this.#held;
    this.#held = [];
    // Nobody needs this turn's chains any more once they are written.
    this.empty = new Bundle(nothing);
    for (const one of held) one.flush();
  };

  /** `flush` is called once when this turn ends. */
  add(one: Held): void {
    if (this.#held.length === 0) setImmediate(this.#flush);
    this.#held.push(one);
  }
}
