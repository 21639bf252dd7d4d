/** Tenants of which something may be open: a node that starts, or takes over from another, looks at each. */
import type { Entry } from "@signalbox/core";
import { storedTenant } from "../../stores/names.ts";
import type { RedisCommands } from "./commands.ts";
import type { Keys } from "./keys.ts";
import { texts } from "./replies.ts";

/** Written down again after so long, in case that Redis lost it. */
const anewMs = 60_000;

export class TenantIndex {
  readonly #commands: RedisCommands;
  readonly #key: string;
  readonly #noted = new Map<string, Promise<unknown>>();
  #sinceMs = 0;

  constructor(commands: RedisCommands, keys: Keys) {
    this.#commands = commands;
    this.#key = keys.tenants();
  }

  /** To be waited for before these are kept; `undefined`: all is noted that has to be. */
  note(entries: readonly Entry[]): Promise<unknown> | undefined {
    const nowMs = performance.now();
    if (nowMs - this.#sinceMs > anewMs) {
      this.#noted.clear();
      this.#sinceMs = nowMs;
    }
    let noting: Promise<unknown> | undefined;
    for (const { channel, register } of entries) {
      const tenant = register === undefined ? undefined : storedTenant(channel);
      if (tenant === undefined || this.#noted.has(tenant)) continue;
      const noted = this.#commands.send({ key: this.#key, words: ["SADD", this.#key, tenant] });
      this.#noted.set(tenant, noted);
      noted.catch(() => this.#noted.delete(tenant));
      noting = noting === undefined ? noted : Promise.all([noting, noted]);
    }
    return noting;
  }

  async all(): Promise<string[]> {
    return texts(await this.#commands.send({ key: this.#key, words: ["SMEMBERS", this.#key] }));
  }
}
