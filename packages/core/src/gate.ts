/** `maxHz`: what lets a subscription's publications pass once in a period, those of all its channels together. */
import type { Sleeper, Wakes } from "./wakes.ts";

export class Gate implements Sleeper {
  readonly periodMs: number;
  readonly #wakes: Wakes;
  /** Closed until then, by the steady clock. */
  #opensMs = Number.NEGATIVE_INFINITY;
  /** Those who go out together when it opens; while there are any, nobody overtakes them. */
  readonly #waiting = new Set<Sleeper>();

  constructor(maxHz: number, wakes: Wakes) {
    this.periodMs = 1_000 / maxHz;
    this.#wakes = wakes;
  }

  /** False: not yet. */
  pass(): boolean {
    const { nowMs } = this.#wakes;
    if (this.#waiting.size > 0 || nowMs < this.#opensMs) return false;
    this.#opensMs = nowMs + this.periodMs;
    return true;
  }

  /** Wakes it when its period is over. */
  wait(one: Sleeper): void {
    this.#waiting.add(one);
    if (this.#waiting.size === 1) this.#wakes.at(this.#opensMs, this);
  }

  leave(one: Sleeper): void {
    this.#waiting.delete(one);
  }

  wake(): void {
    if (this.#waiting.size === 0) return;
    this.#opensMs = this.#wakes.nowMs + this.periodMs;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const one of waiting) one.wake();
  }
}
