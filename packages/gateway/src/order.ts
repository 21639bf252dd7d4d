/** Answers in the order of the asking, though they may become known in another. */
import type { Done } from "@signalbox/core";

/** Makes the answer when its turn comes, so that what it does beside happens in order too. */
type Make<Answer> = () => Parameters<Done<Answer>>[0];

/** Slots that an order which is empty keeps room for. */
const mostRoom = 1_024;

interface Slot {
  give: (() => void) | undefined;
}

export class Order {
  readonly #fault: (error: unknown) => void;
  /** Those given are undefined. It keeps its room when it is empty. */
  readonly #slots: (Slot | undefined)[] = [];
  /** Slots before this one have been given. */
  #next = 0;
  /** The first one that nobody has taken. */
  #end = 0;
  #giving = false;

  /** `fault` hears of what an answer's receiver throws: the answers behind it must still be given. */
  constructor(fault: (error: unknown) => void) {
    this.#fault = fault;
  }

  /** Takes a place; the function returned fills it, once. */
  slot<Answer>(done: Done<Answer>): (make: Make<Answer>) => void {
    const slot: Slot = { give: undefined };
    this.#slots[this.#end++] = slot;
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
      this.#slots[this.#next++] = undefined;
      try {
        slot.give();
      } catch (error) {
        this.#fault(error);
      }
    }
    this.#giving = false;
    if (this.#next === this.#end && this.#end <= mostRoom) {
      this.#next = 0;
      this.#end = 0;
    } else if (this.#next * 2 > this.#end) {
      // Given slots are cut off once they are the half, so that a slot stays cheap.
      this.#slots.splice(0, this.#next);
      this.#end -= this.#next;
      this.#next = 0;
    }
  }
}
