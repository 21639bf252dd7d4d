/** What the surface did, for metrics, and what of it people should read in the log. */
import type { Log } from "../../log.ts";
import { printable } from "../../log.ts";
import type { WebguiCounted } from "../../metrics/webgui.ts";

/** Milliseconds between two lines about the same. */
const quietMs = 10_000;

export class Counts implements WebguiCounted {
  reading = false;
  taken = 0;
  readonly refused = new Map<string, number>();
  written = 0;
  dropped = 0;
  unheardMs = 0;
  readonly #log: Log;
  readonly #said = new Map<string, { atMs: number; unsaid: number }>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** `reason`: one of few. `rule` and `channel` may be whatever somebody sent. */
  refuse(reason: string, rule: string, channel: string): void {
    this.refused.set(reason, (this.refused.get(reason) ?? 0) + 1);
    // What gateways write themselves comes back to each of them.
    if (reason === "own") return;
    this.#say(reason, { channel: printable(channel) }, `webgui: refused: ${printable(rule)}`);
  }

  drop(): void {
    this.dropped++;
    this.#say("dropped", {}, "webgui: messages were not written: Redis is away, or does not keep up");
  }

  /** Trouble with Redis: `what` is one of few. */
  trouble(what: string, error: unknown): void {
    const why = error instanceof Error ? printable(error.message || error.name) : printable(String(error));
    this.#say(what, { why }, `webgui: ${what}`);
  }

  #say(kind: string, about: object, line: string): void {
    const now = performance.now();
    const said = this.#said.get(kind);
    if (said !== undefined && now - said.atMs < quietMs) {
      said.unsaid++;
      return;
    }
    this.#log.warn({ ...about, ...(said?.unsaid ? { unsaid: said.unsaid } : {}) }, line);
    this.#said.set(kind, { atMs: now, unsaid: 0 });
  }
}
