/** How many channels somebody may begin: those that are known to exist cost nothing. */
import { KeyedGcra } from "./rates/gcra.ts";

/** Names of a generation, about 100 bytes each; one that was forgotten counts as new once more. */
const namesKept = 50_000;
const principalsKept = 10_000;

export class KnownChannels {
  readonly #limit: KeyedGcra;
  /**
   * Two generations: when the young one is full, the old one goes as a whole. To take the oldest name out of one set each
   * time would walk past all that were taken out before.
   */
  #young = new Set<string>();
  #old = new Set<string>();

  constructor(perMinute: number) {
    this.#limit = new KeyedGcra({ perSecond: perMinute / 60, burst: perMinute }, principalsKept);
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  /** False: only if the channel exists already. */
  mayAppend(channel: string, principal: string, steadyMs: number): boolean {
    if (this.#young.has(channel)) return true;
    if (!this.#old.has(channel) && this.#limit.take(principal, steadyMs) > 0) return false;
    // Before it is kept: the events behind this one begin nothing.
    this.add(channel);
    return true;
  }

  add(channel: string): void {
    if (this.#young.has(channel)) return;
    if (this.#young.size >= namesKept) {
      this.#old = this.#young;
      this.#young = new Set();
    }
    this.#young.add(channel);
  }
}
