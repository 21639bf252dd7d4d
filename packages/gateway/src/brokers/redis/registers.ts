/** Registers as they are kept. */
import type { Register, RegisterQuery } from "@signalbox/core";
import { registersBytes } from "../../stores/registers.ts";
import type { RedisCommands } from "./commands.ts";
import { decodeName, encodeName, type Keys, type OwnedName, ownedName } from "./keys.ts";
import type { Reads } from "./reads.ts";
import { registerOf, type StoredRegister, texts } from "./replies.ts";
import { scripts } from "./scripts.ts";

/** Sorts behind every encoded name. */
const last = "\x7f";

export class Registers {
  readonly #commands: RedisCommands;
  readonly #keys: Keys;
  readonly #reads: Reads;

  constructor(commands: RedisCommands, keys: Keys, reads: Reads) {
    this.#commands = commands;
    this.#keys = keys;
    this.#reads = reads;
  }

  async get(stored: string): Promise<Register | undefined> {
    const owned = ownedName(stored);
    const { tenant, name } = owned;
    const key = this.#keys.ofTenant(tenant)[1] ?? "";
    const kept = await this.#commands.send({ key, words: ["HGET", key, encodeName(name)] });
    if (typeof kept !== "string") return undefined;
    const [found] = await this.#withEpochs(owned, [registerOf(stored, kept)]);
    return found;
  }

  /** Of one tenant: the one whose prefix the query has. */
  async list({ prefix, after, limit, open }: RegisterQuery): Promise<Register[]> {
    const owned = ownedName(prefix);
    const { tenant, before, name } = owned;
    const [, registers = "", names = "", opened = ""] = this.#keys.ofTenant(tenant);
    const begin = encodeName(name);
    const past = encodeName(after.startsWith(before) ? after.slice(before.length) : after);
    const from = past >= begin && past !== "" ? `(${past}` : `[${begin}`;
    const args = [from, `(${begin}${last}`, String(limit), String(registersBytes)];
    const keys = [registers, open === true ? opened : names];
    const answer = texts(await this.#commands.send({ script: scripts.listRegisters, keys, args }));
    const found: StoredRegister[] = [];
    for (let i = 0; i < answer.length; i += 2) {
      found.push(registerOf(before + decodeName(answer[i] ?? ""), answer[i + 1] ?? ""));
    }
    return this.#withEpochs(owned, found);
  }

  async #withEpochs(tenant: OwnedName, found: readonly StoredRegister[]): Promise<Register[]> {
    if (found.length === 0) return [];
    const epochs = await this.#reads.epochs(tenant, [...new Set(found.map(({ channel }) => channel))]);
    return found.map(({ channel, ...register }) => ({ ...register, epoch: epochs.get(channel) ?? "" }));
  }
}
