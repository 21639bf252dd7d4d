/** Tells who slows down when told to from who does not. */
import { Gcra } from "./gcra.ts";

export class IgnoredRefusals {
  readonly #allowed: Gcra;

  /** `atOnce` refusals are nobody's fault; each second one more. */
  constructor(atOnce: number) {
    this.#allowed = new Gcra({ perSecond: 1, burst: atOnce });
  }

  /** One more refusal: is it one too many? */
  oneMore(steadyMs: number): boolean {
    return this.#allowed.take(steadyMs) > 0;
  }
}
