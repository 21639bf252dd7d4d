/** Where Redis is and how it is spoken to, as it is configured. */

export interface RedisOptions {
  /**
   * `redis://HOST:PORT`, `redis+sentinel://HOST:PORT,HOST:PORT/GROUP`, `redis+cluster://HOST:PORT,HOST:PORT`; with TLS
   * `rediss…`. A user and a password may stand before the hosts, percent-encoded.
   */
  url: string;
  /** Instead of those in the address. */
  username?: string;
  password?: string;
  /** Of the sentinels, where they ask for one of their own. */
  sentinelPassword?: string;
  tls?: RedisTls;
}

/** With `rediss…` addresses. PEM. */
export interface RedisTls {
  ca?: string;
  cert?: string;
  key?: string;
  /** The name in the servers' certificates, where it is not the host's. */
  serverName?: string;
}

export interface Address {
  host: string;
  port: number;
}

export interface RedisPlace {
  kind: "standalone" | "sentinel" | "cluster";
  secure: boolean;
  /** One server, or some of the sentinels or of the cluster's servers; at least one. */
  addresses: readonly Address[];
  /** What the sentinels call it; empty elsewhere. */
  group: string;
  username?: string;
  password?: string;
}

/** Milliseconds. */
export const times = {
  /** Until a server has taken a connection and its greeting. */
  connect: 3_000,
  /** Until a reply. Longer is a lost link: what comes later on it would be taken for the reply to something else. */
  command: 5_000,
  /** A silent link is asked for life after this: with the line above, a half-open one is noticed within 10 s. */
  idle: 3_000,
  /** A gateway that starts together with its Redis waits so long for it. */
  start: 10_000,
  /** Less than this is no outage: commands wait, and nobody is told. */
  moment: 500,
  /** Between attempts to connect: doubled from the first to the second, and half of it by chance. */
  backoffLeast: 50,
  backoffMost: 2_000,
  /** Between looks at where the primaries are. */
  look: { sentinel: 1_000, cluster: 5_000 },
  /** Between heartbeats of a node, and when one is overdue. */
  heartbeat: 2_000,
  overdue: 10_000,
} as const;

/** Of commands that wait for their reply on one link; more are refused. Lua answers 50,000 small ones in about a second. */
export const mostPending = 50_000;

const form = /^(rediss?)(\+sentinel|\+cluster)?:\/\/(?:([^@/]*)@)?([^/?#]+)(?:\/([^?#]*))?$/;

/** Throws what a person can read; never with the password. */
export function readPlace(options: Pick<RedisOptions, "url" | "username" | "password">): RedisPlace {
  const match = form.exec(options.url);
  if (match === null) throw new Error("the address of Redis has to be like redis://HOST:PORT (see docs/redis.md)");
  const [, scheme, more, login = "", hosts = "", path = ""] = match;
  const kind = more === "+sentinel" ? "sentinel" : more === "+cluster" ? "cluster" : "standalone";
  const addresses = hosts.split(",").map((host) => readAddress(host, kind === "sentinel" ? 26_379 : 6_379));
  if (kind === "standalone" && addresses.length > 1) {
    throw new Error("several hosts need redis+sentinel:// or redis+cluster://");
  }
  if (kind === "sentinel" && path === "") throw new Error("redis+sentinel:// ends with the group's name: …/mymaster");
  // Pub/Sub knows no databases: two gateways in different ones would hear each other.
  if (kind !== "sentinel" && path !== "" && path !== "0")
    throw new Error("only database 0 can be used: see docs/redis.md");
  const [username, ...rest] = login.split(":").map(decodeURIComponent);
  const user = options.username ?? username;
  const password = options.password ?? (rest.length > 0 ? rest.join(":") : undefined);
  return {
    kind,
    secure: scheme === "rediss",
    addresses,
    group: kind === "sentinel" ? decodeURIComponent(path) : "",
    ...(user ? { username: user } : {}),
    ...(password ? { password } : {}),
  };
}

/** `HOST`, `HOST:PORT`, `[IPv6]:PORT`. */
function readAddress(text: string, usual: number): Address {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3] ?? usual);
  if (host === undefined || port < 1 || port > 65_535) throw new Error(`no address of a Redis server: ${text}`);
  return { host, port };
}

export const addressText = ({ host, port }: Address): string => `${host.includes(":") ? `[${host}]` : host}:${port}`;
