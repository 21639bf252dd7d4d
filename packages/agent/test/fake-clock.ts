import type { Clock } from "../src/clock.ts";

/** Time that passes only when told to. */
export class FakeClock implements Clock {
  #nowMs = 1_700_000_000_000;
  readonly #timers = new Set<{ atMs: number; fire: () => void }>();
  #added: Array<() => void> = [];

  nowMs(): number {
    return this.#nowMs;
  }

  timer(ms: number, fire: () => void): () => void {
    const timer = { atMs: this.#nowMs + ms, fire };
    this.#timers.add(timer);
    for (const added of this.#added.splice(0)) added();
    return () => this.#timers.delete(timer);
  }

  pass(ms: number): void {
    const untilMs = this.#nowMs + ms;
    for (let next = this.#next(untilMs); next !== undefined; next = this.#next(untilMs)) {
      this.#timers.delete(next);
      this.#nowMs = next.atMs;
      next.fire();
    }
    this.#nowMs = untilMs;
  }

  /** Resolves once a timer of at most `ms` is set. */
  async timerWithin(ms: number): Promise<void> {
    while (this.#next(this.#nowMs + ms) === undefined) await new Promise<void>((resolve) => this.#added.push(resolve));
  }

  #next(untilMs: number): { atMs: number; fire: () => void } | undefined {
    return [...this.#timers].filter((timer) => timer.atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
  }
}
