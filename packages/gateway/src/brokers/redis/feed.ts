/** What is heard from Redis: one subscription per channel, at the shard that has it now. */
import { StoreAway } from "@signalbox/core";
import { Lane } from "./lane.ts";
import type { Hear, PubSubKind } from "./link.ts";
import type { Reach } from "./reach.ts";
import type { Servers } from "./servers.ts";
import { slotOf } from "./slot.ts";

export interface FeedOptions {
  servers: Servers;
  /** Sharded: a channel is heard at the shard that has its slot. Plain: at any server, so at one for all. */
  kind: PubSubKind;
  reach: Reach;
  hear: Hear;
  /** These are heard again, and something may have come in between. */
  missed(channels: readonly string[]): void;
}

/** Where nobody has the slot: there it waits. */
const nowhere = "";

export class Feed {
  readonly #options: FeedOptions;
  readonly #lanes = new Map<string, Lane>();

  constructor(options: FeedOptions) {
    this.#options = options;
  }

  /** From its resolution on everything is heard. */
  follow(channel: string): Promise<void> {
    return this.#lane(this.#shardOf(channel)).follow(channel);
  }

  unfollow(channel: string): void {
    for (const lane of this.#lanes.values()) lane.unfollow(channel);
    this.#sweep();
  }

  /** Something is elsewhere now. */
  moved(): void {
    const { servers } = this.#options;
    for (const [shard, lane] of [...this.#lanes]) {
      const { link } = lane;
      if (link === undefined) lane.hurry();
      else if (!servers.isAt(shard, link.address)) lane.drop(link, "the primary is another server now");
      for (const channel of lane.channels) {
        const now = this.#shardOf(channel);
        if (now === shard) continue;
        const followed = lane.release(channel);
        if (followed !== undefined) this.#lane(now).adopt(followed);
      }
    }
    this.#sweep();
  }

  close(): void {
    for (const lane of this.#lanes.values()) lane.close();
    this.#lanes.clear();
  }

  #shardOf(channel: string): string {
    try {
      return this.#options.servers.shardOf(this.#groupOf(channel));
    } catch {
      return nowhere;
    }
  }

  #groupOf(channel: string): number {
    return this.#options.kind === "sharded" ? slotOf(channel) : 0;
  }

  #lane(shard: string): Lane {
    const known = this.#lanes.get(shard);
    if (known !== undefined) return known;
    const { servers, kind, reach, hear, missed } = this.#options;
    const name = `feed ${shard}`;
    const lane = new Lane({
      kind,
      open: async () => {
        if (shard === nowhere) throw new StoreAway("no server of the cluster has these slots");
        return servers.open(shard);
      },
      groupOf: (channel) => this.#groupOf(channel),
      hear,
      missed,
      elsewhere: () => {
        servers.look().catch(() => {});
      },
      up: () => reach.up(name),
      away: (why) => reach.away(name, why),
      gone: () => this.moved(),
    });
    this.#lanes.set(shard, lane);
    return lane;
  }

  /** A shard of which nothing is followed needs no link. */
  #sweep(): void {
    for (const [shard, lane] of this.#lanes) {
      if (!lane.isEmpty) continue;
      lane.close();
      this.#lanes.delete(shard);
      this.#options.reach.up(`feed ${shard}`);
    }
  }
}
