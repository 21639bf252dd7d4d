/** How many channels somebody may begin: those that are known to exist cost nothing. */
import { KeyedGcra } from "./rates/gcra.ts";

/** Names remembered, about 100 bytes each; one that was forgotten counts as new once more. */
const namesKept = 50_000;
const principalsKept = 10_000;

export class KnownChannels {
  readonly #limit: KeyedGcra;
  /** Seen first comes first. */
  readonly #names = new Set<string>();

  constructor(perMinute: number) {
    this.#limit = new KeyedGcra({ perSecond: perMinute / 60, burst: perMinute }, principalsKept);
  }

  /** False: only if the channel exists already. */
  mayAppend(channel: string, principal: string, steadyMs: number): boolean {
    if (this.#names.has(channel)) return true;
    if (this.#limit.take(principal, steadyMs) > 0) return false;
    // Before it is kept: the events behind this one begin nothing.
    this.add(channel);
    return true;
  }

  add(channel: string): void {
    if (this.#names.has(channel)) return;
    if (this.#names.size >= namesKept) {
      for (const oldest of this.#names) {
        this.#names.delete(oldest);
        break;
      }
    }
    this.#names.add(channel);
  }
}
