/** One timer for everything that happens about once a second, whatever the number of connections. */
import { guard } from "./guard.ts";
import type { Log } from "./log.ts";

export class Sweep {
  /** Milliseconds this process was awake: time it was stopped does not count as anybody's silence. */
  awakeMs = 0;
  readonly #log: Log;
  readonly #intervalMs: number;
  readonly #runs = new Set<() => void>();
  #timer: NodeJS.Timeout | undefined;
  #lastMs = performance.now();

  constructor(log: Log, intervalMs: number) {
    this.#log = log;
    this.#intervalMs = intervalMs;
  }

  /** Calls `run` at every sweep. */
  add(run: () => void): void {
    this.#runs.add(run);
  }

  start(): void {
    this.#lastMs = performance.now();
    this.#timer = setInterval(() => this.#sweep(), this.#intervalMs);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #sweep(): void {
    const now = performance.now();
    this.awakeMs += Math.min(now - this.#lastMs, 2 * this.#intervalMs);
    this.#lastMs = now;
    for (const run of this.#runs) guard(this.#log, "in a sweep", run);
  }
}
