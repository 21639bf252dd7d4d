/** The numbers of a producer's events in its channel (§5.4): 1, 2, 3 … in each epoch. */
import { Turns } from "../turns.ts";

/** Whoever publishes as the producer of a lease takes its numbers from here, one after the other. */
export interface Sequence {
  /** The epoch they count in; `undefined` while there is none. */
  readonly epoch: number | undefined;
  /** The next event's number. */
  readonly next: number;
  /** Resolves when nobody else uses the numbers; the function it gives ends that. */
  enter(): Promise<() => void>;
  /** The next number was used; also where that is not sure, since a hole is told and a number used twice is not. */
  used(): void;
  /** The gateway expects this number. */
  align(expected: number): void;
}

/** Numbers that nobody else uses. */
export class OwnSequence implements Sequence {
  readonly #turns = new Turns();
  #epoch: number | undefined;
  #next = 1;

  get epoch(): number | undefined {
    return this.#epoch;
  }

  get next(): number {
    return this.#next;
  }

  enter(): Promise<() => void> {
    return this.#turns.enter();
  }

  begin(epoch: number | undefined): void {
    this.#epoch = epoch;
    this.#next = 1;
  }

  used(): void {
    this.#next++;
  }

  align(expected: number): void {
    this.#next = expected;
  }
}
