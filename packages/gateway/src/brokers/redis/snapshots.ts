/** States that reducers made, each with the channel it is of. */
import type { SavedSnapshot } from "@signalbox/core";
import { beginning, channelArgs, type ScriptContext } from "./append.ts";
import type { RedisCommands } from "./commands.ts";
import { ownedName } from "./keys.ts";
import { snapshotOf } from "./replies.ts";
import { scripts } from "./scripts.ts";

export interface SnapshotOptions extends ScriptContext {
  commands: RedisCommands;
}

export class Snapshots {
  readonly #options: SnapshotOptions;

  constructor(options: SnapshotOptions) {
    this.#options = options;
  }

  async load(channel: string, reducer: string | undefined): Promise<SavedSnapshot | undefined> {
    const { commands, keys } = this.#options;
    const key = keys.channel(ownedName(channel), "snapshots");
    const kept = await commands.send({ key, words: ["HGET", key, reducer ?? ""] });
    return typeof kept === "string" ? snapshotOf(channel, reducer, kept) : undefined;
  }

  async save(batch: readonly SavedSnapshot[]): Promise<void> {
    await Promise.all(batch.map((snapshot) => this.#save(snapshot)));
  }

  async #save({ channel, reducer, epoch, offset, version, state }: SavedSnapshot): Promise<void> {
    const { commands, keys } = this.#options;
    const owned = ownedName(channel);
    const [root = ""] = keys.ofTenant(owned.tenant);
    const saved = [reducer ?? "", epoch, String(offset), String(version), state];
    await commands.send({
      script: scripts.snapshot,
      keys: [root, ...keys.ofChannel(owned)],
      args: [...beginning(this.#options), ...channelArgs(this.#options, owned), ...saved],
    });
  }
}
