/** One at a time for each key: whoever needs several keys has its turn once it is first at all of them. */

interface Waiting {
  keys: readonly string[];
  left: boolean;
  /** Keys at which it is not first yet. */
  behind: number;
  run(): void;
}

export class TurnsPerKey {
  readonly #queues = new Map<string, Waiting[]>();
  /** Those whose turn has come: begun one after the other, however many end at once. */
  readonly #ready: Waiting[] = [];
  #beginning = false;

  get size(): number {
    return this.#queues.size;
  }

  /**
   * Runs at once if nobody else has any of these keys, else later. The turn lasts until the function it is given is called.
   * Everybody takes a place in all their queues at the same moment, so that no two can wait for each other.
   */
  enter(keys: readonly string[], run: (leave: () => void) => void): void {
    const waiting: Waiting = {
      keys: [...new Set(keys)],
      left: false,
      behind: 0,
      run: () => run(() => this.#leave(waiting)),
    };
    for (const key of waiting.keys) {
      const queue = this.#queues.get(key);
      if (queue === undefined) this.#queues.set(key, [waiting]);
      else {
        queue.push(waiting);
        waiting.behind++;
      }
    }
    if (waiting.behind === 0) this.#begin(waiting);
  }

  #leave(waiting: Waiting): void {
    if (waiting.left) return;
    waiting.left = true;
    const { keys } = waiting;
    for (const key of keys) {
      const queue = this.#queues.get(key) ?? [];
      queue.shift();
      const [first] = queue;
      if (first === undefined) this.#queues.delete(key);
      else if (--first.behind === 0) this.#begin(first);
    }
  }

  #begin(waiting: Waiting): void {
    this.#ready.push(waiting);
    if (this.#beginning) return;
    this.#beginning = true;
    try {
      for (let next = this.#ready.shift(); next !== undefined; next = this.#ready.shift()) next.run();
    } finally {
      this.#beginning = false;
    }
  }
}
