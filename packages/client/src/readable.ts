/** Listeners of a state that changes: told together, at most once a frame. */
import type { Clock } from "./clock.ts";

/** One picture at 60 Hz: nobody sees more, and drawing more often starves the rest. */
const frameMs = 16;

export class Listeners {
  readonly #all = new Set<() => void>();
  readonly #clock: Clock;
  #told = Number.NEGATIVE_INFINITY;
  #pending = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#all.size;
  }

  /** Each call is a listener of its own, even of the same function. */
  add(listener: () => void): () => void {
    const own = (): void => listener();
    this.#all.add(own);
    return () => {
      this.#all.delete(own);
    };
  }

  /** The state changed. The first change is told at once (after the present burst), the next ones by the frame. */
  changed(): void {
    if (this.#pending || !this.#all.size) return;
    this.#pending = true;
    const waitMs = this.#told + frameMs - this.#clock.nowMs();
    if (waitMs > 0) this.#clock.after(waitMs, () => this.#tell());
    else queueMicrotask(() => this.#tell());
  }

  #tell(): void {
    this.#pending = false;
    this.#told = this.#clock.nowMs();
    for (const listener of [...this.#all]) run(listener);
  }
}

/** A fault of the program's own callback must not stop the client: it surfaces as uncaught, like a listener's. */
export function run(callback: () => void): void {
  try {
    callback();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
