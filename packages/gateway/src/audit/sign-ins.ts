/** Refused sign-ins, written down as samples: whoever sends a million wrong tokens must not fill the audit. */
import type { Act } from "./entry.ts";

/** Within so many milliseconds the first of so many addresses are named, and the others counted. */
const windowMs = 10_000;
const addressesNamed = 5;

export class SignIns {
  readonly #note: (act: Act) => void;
  readonly #steadyMs: () => number;
  readonly #named = new Set<string>();
  #begunMs = Number.NEGATIVE_INFINITY;
  #more = 0;

  constructor(note: (act: Act) => void, steadyMs: () => number = () => performance.now()) {
    this.#note = note;
    this.#steadyMs = steadyMs;
  }

  refused(error: string, message: string, address = "unknown"): void {
    this.tick();
    if (this.#named.size === 0) this.#begunMs = this.#steadyMs();
    if (this.#named.has(address) || this.#named.size >= addressesNamed) {
      this.#more++;
      return;
    }
    this.#named.add(address);
    this.#note({
      ...{ who: "nobody", address, what: "sign_in_refused", result: error },
      details: { why: message.slice(0, 200) },
    });
  }

  /** To be called about once a second, and at the end with `isOver`. */
  tick(isOver = false): void {
    if (!isOver && this.#steadyMs() - this.#begunMs < windowMs) return;
    if (this.#more > 0) {
      const details = { more: this.#more, withinMs: windowMs };
      this.#note({ who: "nobody", what: "sign_in_refused", result: "unauthenticated", details });
    }
    this.#more = 0;
    this.#named.clear();
  }
}
