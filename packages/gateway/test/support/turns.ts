/** An event loop by hand: its clock moves when somebody works, and when there is nothing to do until a timer. */
import type { Turns } from "../../src/transports/websocket/writes.ts";

export class ManualTurns implements Turns {
  #nowMs = 1_000;
  #ends: (() => void)[] = [];
  #timers: { atMs: number; run: () => void }[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  atEnd(run: () => void): void {
    this.#ends.push(run);
  }

  after(ms: number, run: () => void): void {
    this.#timers.push({ atMs: this.#nowMs + ms, run });
  }

  /** Something takes so long. */
  work(ms: number): void {
    this.#nowMs += ms;
  }

  /** One turn: timers that are due, then what waits for its end. False when there was neither. */
  turn(): boolean {
    const due = this.#timers.filter(({ atMs }) => atMs <= this.#nowMs);
    this.#timers = this.#timers.filter((timer) => !due.includes(timer));
    for (const { run } of due) run();
    const ends = this.#ends;
    this.#ends = [];
    for (const run of ends) run();
    return due.length + ends.length > 0;
  }

  /** Turns until then; what is still at work then ends first. */
  until(ms: number): void {
    while (this.#nowMs < ms) {
      if (this.turn()) continue;
      const next = Math.min(ms, ...this.#timers.map(({ atMs }) => atMs));
      this.#nowMs = Math.max(this.#nowMs, next);
    }
    while (this.#ends.length > 0) this.turn();
  }
}
