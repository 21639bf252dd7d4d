/** Events that are too old go although nobody publishes or reads: now and then some channels are looked at, which trims them. */
import type { ChannelInfo } from "@signalbox/core";

/** A channel's turn comes within hours even where there are a hundred thousand; Redis is busy for some 10 ms. */
const everyMs = 60_000;
const atOnce = 1_000;

export class Ages {
  /** By tenant, what stands before its names, and the name of the last channel that was looked at. */
  readonly #tenants = new Map<string, string>();
  readonly #list: (pattern: string, after: string, limit: number) => Promise<ChannelInfo[]>;
  readonly #timer: NodeJS.Timeout;

  constructor(list: (pattern: string, after: string, limit: number) => Promise<ChannelInfo[]>) {
    this.#list = list;
    this.#timer = setInterval(() => void this.look(), everyMs).unref();
  }

  /** `before`: what stands before the names of a tenant that this node serves. */
  add(before: string): void {
    if (!this.#tenants.has(before)) this.#tenants.set(before, "");
  }

  async look(): Promise<void> {
    for (const [before, after] of this.#tenants) {
      // Out of reach: the next time will do.
      const seen = await this.#list(`${before}*`, before + after, atOnce).catch(() => undefined);
      if (seen === undefined) continue;
      const last = seen.length < atOnce ? "" : (seen.at(-1)?.channel ?? "");
      this.#tenants.set(before, last.slice(before.length));
    }
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
