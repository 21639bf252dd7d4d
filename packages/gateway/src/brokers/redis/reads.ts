/** Channels as they stand in Redis. Retention is applied first, by whoever looks. */
import type { ChannelInfo, Page, Trimmed } from "@signalbox/core";
import { sumBlocks } from "../../stores/trims.ts";
import { beginning, channelArgs, type ScriptContext } from "./append.ts";
import type { RedisCommands } from "./commands.ts";
import { decodeName, encodeName, type OwnedName, ownedName } from "./keys.ts";
import { blocksOf, eventsOf, infoOf, list, type Reply, texts } from "./replies.ts";
import { scripts } from "./scripts.ts";

/** Channels looked at in one call. */
const lookedAtOnce = 64;
/** Sorts behind every encoded name. */
const last = "\x7f";
/** Sorts behind the root's own member, and before every encoded name. */
const first = '["';

export interface ReadOptions extends ScriptContext {
  commands: RedisCommands;
  /** The epoch of a tenant's untouched channels, as last seen. */
  seen(owned: OwnedName, epoch: string): void;
  /** Of the default tenant's untouched channels, as last seen. */
  epoch(): string;
}

export class Reads {
  readonly #options: ReadOptions;

  constructor(options: ReadOptions) {
    this.#options = options;
  }

  async read(channel: string, after: number, limit: number, maxBytes: number): Promise<Page> {
    const owned = ownedName(channel);
    const { commands, keys } = this.#options;
    const [root = ""] = keys.ofTenant(owned.tenant);
    const bounds = [after, limit, maxBytes].map((bound) => String(Math.min(bound, Number.MAX_SAFE_INTEGER)));
    const args = [...beginning(this.#options), ...channelArgs(this.#options, owned), ...bounds];
    const called = [root, ...keys.ofChannel(owned)];
    const [epoch, meta, ...rows] = list(await commands.send({ script: scripts.read, keys: called, args }));
    this.#options.seen(owned, String(epoch));
    if (typeof meta !== "string") return { epoch: String(epoch), floor: 1, top: 0, events: [] };
    const { floor, top, epoch: own } = infoOf(channel, meta);
    return { epoch: own, floor, top, events: eventsOf(rows, Math.max(after + 1, floor)) };
  }

  async trimmed(channel: string, from: number, to: number): Promise<Trimmed> {
    const key = this.#options.keys.channel(ownedName(channel), "trims");
    return sumBlocks(blocksOf(await this.#options.commands.send({ key, words: ["LRANGE", key, "0", "-1"] })), from, to);
  }

  /** An untouched channel of a tenant whose epoch is not the store's stands at offset 0 of that. */
  async info(channel: string): Promise<ChannelInfo | undefined> {
    const owned = ownedName(channel);
    const { epoch, metas } = await this.#look(owned, [owned]);
    const [meta] = metas;
    if (typeof meta === "string") return infoOf(channel, meta);
    if (epoch === this.#options.epoch()) return undefined;
    return { channel, epoch, floor: 1, top: 0, bytes: 0, createdMs: 0, updatedMs: 0 };
  }

  /** Of one tenant: the one whose prefix the pattern has. */
  async list(pattern: string, after: string, limit: number): Promise<ChannelInfo[]> {
    const tenant = ownedName(pattern);
    const { before, name } = tenant;
    const past = after.startsWith(before) ? after.slice(before.length) : after;
    if (!name.endsWith("*")) {
      return name > past && limit > 0 ? this.#existing(tenant, [name]) : [];
    }
    const [root = ""] = this.#options.keys.ofTenant(tenant.tenant);
    const prefix = encodeName(name.slice(0, -1));
    const from = encodeName(past);
    const begin = from >= prefix && from !== "" ? `(${from}` : prefix === "" ? first : `[${prefix}`;
    const words = ["ZRANGEBYLEX", root, begin, `(${prefix}${last}`, "LIMIT", "0", String(limit)];
    const names = texts(await this.#options.commands.send({ key: root, words })).map(decodeName);
    return this.#existing(tenant, names);
  }

  /** Epochs of channels, whose encoded names these are. */
  async epochs(tenant: OwnedName, members: readonly string[]): Promise<Map<string, string>> {
    const names = members.map((member) => ({ ...tenant, name: decodeName(member) }));
    const { epoch, metas } = await this.#look(tenant, names);
    return new Map(
      members.map((member, i) => {
        const meta = metas[i];
        return [member, typeof meta === "string" ? infoOf("", meta).epoch : epoch];
      }),
    );
  }

  async #existing(tenant: OwnedName, names: readonly string[]): Promise<ChannelInfo[]> {
    if (names.length === 0) return [];
    const { metas } = await this.#look(
      tenant,
      names.map((name) => ({ ...tenant, name })),
    );
    return names.flatMap((name, i) => {
      const meta = metas[i];
      return typeof meta === "string" ? [infoOf(tenant.before + name, meta)] : [];
    });
  }

  /** Each one's meta, if it is not untouched, and the epoch of those that are. */
  async #look(tenant: OwnedName, names: readonly OwnedName[]): Promise<{ epoch: string; metas: Reply[] }> {
    const { commands, keys } = this.#options;
    const [root = ""] = keys.ofTenant(tenant.tenant);
    const calls: Promise<Reply>[] = [];
    for (let at = 0; at === 0 || at < names.length; at += lookedAtOnce) {
      const some = names.slice(at, at + lookedAtOnce);
      calls.push(
        commands.send({
          script: scripts.look,
          keys: [root, ...some.flatMap((owned) => keys.ofChannel(owned))],
          args: [...beginning(this.#options), ...some.flatMap((owned) => channelArgs(this.#options, owned))],
        }),
      );
    }
    const answers = (await Promise.all(calls)).map(list);
    const epoch = String(answers.at(-1)?.[0]);
    this.#options.seen(tenant, epoch);
    return { epoch, metas: answers.flatMap((answer) => answer.slice(1)) };
  }

  /** Makes the tenant's root, if there is none: the epoch of its untouched channels is the same for all nodes from then on. */
  async root(tenant: OwnedName): Promise<void> {
    await this.#look(tenant, []);
  }
}
