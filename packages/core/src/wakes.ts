/** Who is to be woken when: one timer for all who hold publications back. */
import type { HubPorts } from "./hub-ports.ts";

export interface Sleeper {
  wake(): void;
}

/** Those who are due within so many milliseconds are woken together. */
const stepMs = 4;
/** And those who are due in long the sooner: so many different times are as exact as anybody needs. */
const grains = 32;

export class Wakes {
  readonly #ports: Pick<HubPorts, "steadyMs" | "after">;
  /** By the time that they are due, in steps. */
  readonly #sleepers = new Map<number, Set<Sleeper>>();
  /** The earliest step that a timer is set for. */
  #nextStep = Number.POSITIVE_INFINITY;

  constructor(ports: Pick<HubPorts, "steadyMs" | "after">) {
    this.#ports = ports;
  }

  /** Milliseconds of the clock that nobody sets. */
  get nowMs(): number {
    return this.#ports.steadyMs();
  }

  /** Wakes it once, at `dueMs` or a little later. */
  at(dueMs: number, sleeper: Sleeper): void {
    const fromNow = (dueMs - this.nowMs) / stepMs;
    const grain = 2 ** Math.floor(Math.log2(Math.max(1, fromNow / grains)));
    const step = Math.ceil(Math.max(dueMs, this.nowMs) / stepMs / grain) * grain;
    const together = this.#sleepers.get(step);
    if (together === undefined) this.#sleepers.set(step, new Set([sleeper]));
    else together.add(sleeper);
    this.#set(step);
  }

  #set(step: number): void {
    if (step >= this.#nextStep) return;
    this.#nextStep = step;
    this.#ports.after(Math.max(0, step * stepMs - this.nowMs), () => this.#run(step));
  }

  #run(step: number): void {
    // Another timer, set later for an earlier step, has done its work.
    if (step !== this.#nextStep) return;
    this.#nextStep = Number.POSITIVE_INFINITY;
    const { nowMs } = this;
    try {
      for (const [due, sleepers] of [...this.#sleepers]) {
        // Timers may fire a little early.
        if (due > step && due * stepMs > nowMs) continue;
        this.#sleepers.delete(due);
        for (const sleeper of sleepers) sleeper.wake();
      }
    } finally {
      let next = Number.POSITIVE_INFINITY;
      for (const due of this.#sleepers.keys()) next = Math.min(next, due);
      this.#set(next);
    }
  }
}
