/** Gathers what is written to connections in one turn of the event loop: one system call each at its end. */

interface Held {
  flush(): void;
}

export class Writes {
  #held: Held[] = [];
  readonly #flush = (): void => {
    const held = this.#held;
    this.#held = [];
    for (const one of held) one.flush();
  };

  /** `flush` is called once when this turn ends. */
  add(one: Held): void {
    if (this.#held.length === 0) setImmediate(this.#flush);
    this.#held.push(one);
  }
}
