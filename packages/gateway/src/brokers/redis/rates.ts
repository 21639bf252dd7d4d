/** Rates that all nodes share: counted in Redis, by its clock. */
import type { RateTake, RateTaken } from "@signalbox/core";
import type { RedisCommands } from "./commands.ts";
import type { Keys } from "./keys.ts";
import { texts } from "./replies.ts";
import { scripts } from "./scripts.ts";

export class Rates {
  readonly #commands: RedisCommands;
  readonly #keys: Keys;

  constructor(commands: RedisCommands, keys: Keys) {
    this.#commands = commands;
    this.#keys = keys;
  }

  /** One call for each part of the keys; all of them at once. */
  async take(takes: readonly RateTake[]): Promise<RateTaken[]> {
    const parts = new Map<number, { keys: string[]; args: string[]; places: number[] }>();
    for (const [place, { key, perSecond, burst, count }] of takes.entries()) {
      const { part, key: named } = this.#keys.rate(key);
      const call = parts.get(part) ?? { keys: [], args: [], places: [] };
      parts.set(part, call);
      call.keys.push(named);
      call.args.push(String(perSecond), String(burst), String(count));
      call.places.push(place);
    }
    const taken: RateTaken[] = [];
    const ask = async ({ keys, args, places }: { keys: string[]; args: string[]; places: number[] }): Promise<void> => {
      const waits = texts(await this.#commands.send({ script: scripts.rates, keys, args }));
      for (const [i, place] of places.entries()) taken[place] = { waitMs: waitMs(Number(waits[i])) };
    };
    await Promise.all([...parts.values()].map(ask));
    return taken;
  }
}

const waitMs = (micros: number): number => (micros < 0 ? Number.POSITIVE_INFINITY : micros / 1_000);
