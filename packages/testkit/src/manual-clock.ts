/** Time that passes when a test says so. */
export class ManualClock {
  #nowMs: number;

  /** Begins on 1 January 2026. */
  constructor(nowMs: number = Date.UTC(2026, 0, 1)) {
    this.#nowMs = nowMs;
  }

  nowMs = (): number => this.#nowMs;

  advance(ms: number): void {
    this.#nowMs += ms;
  }
}
