/** Says in the log that somebody is being refused: the first of a kind at once, the rest as a count. */
import type { Log } from "./log.ts";
import { printable } from "./log.ts";

/** Milliseconds between two lines about the same error. */
const quietMs = 10_000;

export class Refusals {
  readonly #log: Log;
  readonly #since = new Map<string, { loggedMs: number; unsaid: number }>();
  readonly #counts = new Map<string, number>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** By the name of the error, since the start. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  /** `name` is a row of the error table, or `tls` for a handshake that failed: there are few. */
  note(name: string, message: string, address: string | undefined): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
    const now = performance.now();
    const seen = this.#since.get(name);
    if (seen !== undefined && now - seen.loggedMs < quietMs) {
      seen.unsaid++;
      return;
    }
    this.#log.warn(
      { error: name, address, ...(seen?.unsaid ? { unsaid: seen.unsaid } : {}) },
      `refused: ${printable(message)}`,
    );
    this.#since.set(name, { loggedMs: now, unsaid: 0 });
  }
}
