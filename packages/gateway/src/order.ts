/** Answers in the order of the asking, though they may become known in another. */
import type { Done } from "@signalbox/core";

/** Makes the answer when its turn comes, so that what it does beside happens in order too. */
type Make<Answer> = () => Parameters<Done<Answer>>[0];

interface Slot {
  give: (() => void) | undefined;
}

export class Order {
  readonly #fault: (error: unknown) => void;
  readonly #slots: Slot[] = [];
  /** Slots before this one have been given. */
  #next = 0;
  #giving = false;

  /** `fault` hears of what an answer's receiver throws: the answers behind it must still be given. */
  constructor(fault: (error: unknown) => void) {
    this.#fault = fault;
  }

  /** Takes a place; the function returned fills it, once. */
  slot<Answer>(done: Done<Answer>): (make: Make<Answer>) => void {
    const slot: Slot = { give: undefined };
    this.#slots.push(slot);
    return (make) => {
      slot.give = () => done(make());
      this.#giveReady();
    };
  }

  #giveReady(): void {
    // A receiver that asks again and is answered at once waits for its turn in the loop below.
    if (this.#giving) return;
    this.#giving = true;
    for (let slot = this.#slots[this.#next]; slot?.give !== undefined; slot = this.#slots[this.#next]) {
      this.#next++;
      try {
        slot.give();
      } catch (error) {
        this.#fault(error);
      }
    }
    this.#giving = false;
    // Given slots are cut off once they are the half, so that a slot stays cheap.
    if (this.#next * 2 > this.#slots.length) {
      this.#slots.splice(0, this.#next);
      this.#next = 0;
    }
  }
}
