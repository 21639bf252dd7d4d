/** A Redis that syncs every write, and a link of its own to it for each of three nodes. */
import { type FaultyLink, startFaultyLink } from "../faulty-link.ts";
import { type RedisServer, startRedis } from "../redis/index.ts";

export interface LinkedRedis {
  readonly url: string;
  readonly redis: RedisServer;
  /** Addresses begin with `redis:`. */
  readonly links: readonly FaultyLink[];
  stop(): Promise<void>;
}

const nodes = 3;
/** As fast and whole as they come: this is about links that end, and links that say nothing. */
const faults = { latencyMs: 0, sliceBytes: 1_048_576 };

export async function startLinkedRedis(): Promise<LinkedRedis> {
  const redis = await startRedis({ config: ["appendfsync always"] });
  const links: FaultyLink[] = [];
  for (let n = 0; n < nodes; n++) {
    const link = await startFaultyLink(redis, faults);
    links.push(Object.assign(link, { url: link.url.replace("http:", "redis:") }));
  }
  return {
    url: redis.url,
    redis,
    links,
    stop: async () => {
      for (const link of links) await link.close();
      await redis.stop();
    },
  };
}

/** Where a node finds it. */
export const linkOf = ({ links }: LinkedRedis, node: number): string => links[node]?.url ?? "";
