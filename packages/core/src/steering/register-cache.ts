/** The newest registers that this node looked at, as they were parsed. */

/** A register that somebody works on. */
export interface Held {
  /** 0: there is none. */
  version: number;
  /** Epoch of its channel. */
  epoch: string;
  kept: Kept | undefined;
  /** Characters of its JSON. */
  size: number;
  /** What was added up beside it, when it was read. */
  counts?: readonly number[];
}

/** What the value of a register is. */
export interface Kept {
  state: unknown;
  /** The first step and the newest ones: what is sent again is told where it is kept. */
  steps: readonly TakenStep[];
}

export interface TakenStep {
  /** Of the event. */
  id: string;
  /** Key of the principal who sent it. */
  sender: string;
  /** The version of the register that it made. */
  version: number;
  /** Offset of the event, once it is known. */
  offset?: number;
}

const registersKept = 10_000;
const charactersKept = 16 * 1_048_576;

export class RegisterCache {
  /** Used last comes last. */
  readonly #held = new Map<string, Held>();
  #characters = 0;

  get(key: string): Held | undefined {
    const held = this.#held.get(key);
    if (held === undefined) return undefined;
    this.#held.delete(key);
    this.#held.set(key, held);
    return held;
  }

  set(key: string, held: Held): void {
    this.delete(key);
    this.#held.set(key, held);
    this.#characters += held.size;
    for (const [oldest, { size }] of this.#held) {
      if (this.#held.size <= registersKept && this.#characters <= charactersKept) return;
      this.#held.delete(oldest);
      this.#characters -= size;
    }
  }

  clear(): void {
    this.#held.clear();
    this.#characters = 0;
  }

  delete(key: string): void {
    this.#characters -= this.#held.get(key)?.size ?? 0;
    this.#held.delete(key);
  }
}
