/** One primary, one replica and three sentinels that watch over them. */
import { until } from "../until.ts";
import { type RedisOptions, type RedisServer, startAll, startOneSentinel, startRedis, stopAll } from "./server.ts";

export interface SentinelSetup {
  /** `redis+sentinel://HOST:PORT,…/mymaster`. */
  readonly url: string;
  /** Both of them, whichever is the primary. */
  readonly servers: readonly RedisServer[];
  readonly sentinels: readonly RedisServer[];
  /** As the first sentinel that answers knows it. */
  primary(): Promise<RedisServer>;
  /** Without a fault; resolves when all sentinels name the other server and it takes writes. */
  failover(): Promise<void>;
  /** Resolves when a primary other than this one takes writes, after it was killed or paused. */
  otherThan(former: RedisServer): Promise<RedisServer>;
  stop(): Promise<void>;
}

const group = "mymaster";

/** Less, and a loaded machine makes failovers of its own; milliseconds. */
const downAfterMs = 2_000;

export async function startSentinel(options: RedisOptions = {}): Promise<SentinelSetup> {
  const servers: RedisServer[] = [];
  const sentinels: RedisServer[] = [];
  const stop = (): Promise<void> => stopAll([...sentinels, ...servers]);
  try {
    const first = await startRedis(options);
    servers.push(first);
    const config = [...(options.config ?? []), `replicaof 127.0.0.1 ${first.port}`, "repl-diskless-sync-delay 0"];
    servers.push(await startRedis({ ...options, config }));
    await until("the replica follows", async () =>
      (await first.command("info", "replication")).includes("state=online"),
    );
    const lines = [
      `sentinel monitor ${group} 127.0.0.1 ${first.port} 2`,
      `sentinel down-after-milliseconds ${group} ${downAfterMs}`,
      `sentinel failover-timeout ${group} 6000`,
      ...(options.password === undefined ? [] : [`sentinel auth-pass ${group} ${options.password}`]),
    ];
    sentinels.push(...(await startAll([1, 2, 3].map(() => startOneSentinel(lines)))));
    for (const sentinel of sentinels) {
      await until("the sentinels know each other", async () => {
        const known = await sentinel.command("sentinel", "master", group);
        return /num-slaves\n1\n/.test(known) && /num-other-sentinels\n2\n/.test(known);
      });
    }
  } catch (error) {
    await stop();
    throw error;
  }

  const named = async (sentinel: RedisServer): Promise<RedisServer | undefined> => {
    const answer = await sentinel.command("sentinel", "get-master-addr-by-name", group).catch(() => "");
    return servers.find(({ port }) => answer.split("\n")[1] === String(port));
  };
  const primary = async (): Promise<RedisServer> => {
    for (const sentinel of sentinels) {
      const found = await named(sentinel);
      if (found !== undefined) return found;
    }
    throw new Error("no sentinel names a primary");
  };
  const otherThan = async (former: RedisServer): Promise<RedisServer> => {
    const other = servers.find((one) => one !== former);
    if (other === undefined) throw new Error("there is no other server");
    await until("the other server is the primary", async () => {
      const all = await Promise.all(sentinels.map(named));
      return all.every((one) => one === other) && (await other.command("role")).startsWith("master");
    });
    return other;
  };
  return {
    url: `redis+sentinel://${options.password === undefined ? "" : `:${options.password}@`}${sentinels
      .map(({ port }) => `127.0.0.1:${port}`)
      .join(",")}/${group}`,
    servers,
    sentinels,
    primary,
    otherThan,
    failover: async () => {
      const former = await primary();
      const [sentinel] = sentinels;
      // Refused while the replica is not known well enough, or another failover is young.
      await until("a failover begins", async () => {
        const answer = await sentinel?.command("sentinel", "failover", group).catch(String);
        return answer === "OK";
      });
      await otherThan(former);
    },
    stop,
  };
}
