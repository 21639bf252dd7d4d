/** What a person should know of a Redis before a fleet depends on it: out of its own answers, without asking it anything. */

export interface Finding {
  /** `refuse`: it cannot be used. `warn`: it can, and something may be lost or open. `note`: it could not be looked at. */
  level: "refuse" | "warn" | "note";
  /** Stays the same, for tests and documentation. */
  code:
    | "version"
    | "known-fault"
    | "eviction"
    | "authentication"
    | "append-only"
    | "min-replicas"
    | "not-primary"
    | "output-buffer"
    | "not-looked-at";
  message: string;
}

export interface Answers {
  /** As INFO answers it. */
  info: string;
  /** Of CONFIG GET; without those that could not be asked for. */
  config: Readonly<Record<string, string>>;
  /** Why CONFIG could not be asked. */
  configRefused?: string;
  /** This node gave a password. */
  hasPassword: boolean;
  /** The server is on this machine's loopback. */
  isLoopback: boolean;
}

/** What is asked with CONFIG GET. */
export const settings = [
  "maxmemory-policy",
  "maxmemory",
  "requirepass",
  "appendonly",
  "appendfsync",
  "min-replicas-to-write",
  "client-output-buffer-limit",
] as const;

type Version = readonly [major: number, minor: number, patch: number];

interface Fault {
  id: string;
  what: string;
  /** The first versions without it: one of each line that got it. Lines above the last one never had it. */
  redis: readonly Version[];
  valkey: readonly Version[];
  /** Versions before this one never had it. */
  since?: Version;
}

/** Of the advisories of redis/redis and valkey-io/valkey; looked at on 2026-11-28. */
const faults: readonly Fault[] = [
  {
    id: "CVE-2024-31228",
    what: "a pattern sent by a client can end the server",
    redis: [
      [6, 2, 16],
      [7, 2, 6],
      [7, 4, 1],
    ],
    valkey: [
      [7, 2, 7],
      [8, 0, 1],
    ],
  },
  {
    id: "CVE-2025-21605",
    what: "whoever reaches the server, password or not, can fill its memory",
    redis: [
      [6, 2, 18],
      [7, 2, 8],
      [7, 4, 3],
    ],
    valkey: [
      [7, 2, 9],
      [8, 0, 3],
      [8, 1, 1],
    ],
  },
  {
    id: "CVE-2025-49844",
    what: "whoever may run scripts can run programs on the server",
    redis: [
      [6, 2, 20],
      [7, 2, 11],
      [7, 4, 6],
      [8, 0, 4],
      [8, 2, 2],
    ],
    valkey: [
      [7, 2, 11],
      [8, 0, 6],
      [8, 1, 4],
    ],
  },
  {
    id: "CVE-2026-23479",
    what: "whoever may run blocking reads may run programs on the server",
    since: [7, 2, 0],
    redis: [
      [7, 4, 9],
      [8, 2, 6],
      [8, 4, 3],
      [8, 6, 3],
    ],
    valkey: [],
  },
];

const least: Version = [6, 2, 0];

export function findings({ info, config, configRefused, hasPassword, isLoopback }: Answers): Finding[] {
  const facts = readInfo(info);
  const found: Finding[] = [];
  const add = (level: Finding["level"], code: Finding["code"], message: string): void =>
    void found.push({ level, code, message });
  const isValkey = facts.get("server_name") === "valkey" || facts.has("valkey_version");
  const name = isValkey ? "Valkey" : "Redis";
  const text = (isValkey ? facts.get("valkey_version") : undefined) ?? facts.get("redis_version") ?? "";
  const version = readVersion(text);

  if (version === undefined) add("note", "not-looked-at", "The server does not say which version it is.");
  else if (!isValkey && isBefore(version, least)) {
    add("refuse", "version", `Redis ${text} is too old: at least ${least.join(".")} is needed.`);
  } else {
    for (const fault of faults) {
      if (!hasFault(version, fault, isValkey)) continue;
      const known = isValkey ? fault.valkey : fault.redis;
      const mended = known.map((one) => one.join(".")).join(", ");
      add(
        "warn",
        "known-fault",
        `${name} ${text} has ${fault.id}: ${fault.what}. Mended in ${mended}; distributions may have mended older ones.`,
      );
    }
  }
  if (facts.get("role") === "slave") {
    add(
      "refuse",
      "not-primary",
      "This server is a replica: give the address of the primary, or those of the sentinels.",
    );
  }
  if (configRefused !== undefined) {
    add(
      "note",
      "not-looked-at",
      `CONFIG GET is not allowed (${configRefused}): eviction, passwords, the log and replicas were not looked at.`,
    );
  }

  const policy = config["maxmemory-policy"] ?? facts.get("maxmemory_policy");
  if (policy !== undefined && policy !== "noeviction") {
    add(
      "warn",
      "eviction",
      `maxmemory-policy is ${policy}: when memory is full, history disappears and channels begin anew. Set noeviction.`,
    );
  }
  if (!hasPassword && !isLoopback && (config.requirepass ?? "") === "") {
    add(
      "warn",
      "authentication",
      "Redis is reached over the network without a password: whoever reaches it can read and forge everything.",
    );
  }
  const appendOnly = config.appendonly ?? (facts.get("aof_enabled") === "0" ? "no" : undefined);
  if (appendOnly === "no") {
    add(
      "warn",
      "append-only",
      "appendonly is no: when Redis ends, everything since its last dump is lost, and every channel begins anew. Set appendonly yes.",
    );
  }
  const replicas = Number(facts.get("connected_slaves") ?? 0);
  if (replicas > 0 && config["min-replicas-to-write"] === "0") {
    add(
      "warn",
      "min-replicas",
      "min-replicas-to-write is 0: a primary that is cut off from its replicas goes on to acknowledge what will be lost. Set it to 1 or more.",
    );
  }
  const pubsub = /(?:^| )pubsub (\d+) (\d+) (\d+)/.exec(config["client-output-buffer-limit"] ?? "");
  if (pubsub !== null && Number(pubsub[1]) > 0 && Number(pubsub[1]) < 8_388_608) {
    add(
      "warn",
      "output-buffer",
      `client-output-buffer-limit pubsub is ${pubsub[1]} bytes: a node that is busy for a moment loses its feed. Set 32mb 8mb 60.`,
    );
  }
  return found;
}

function readInfo(info: string): Map<string, string> {
  const facts = new Map<string, string>();
  for (const line of info.split(/\r?\n/)) {
    const colon = line.indexOf(":");
    if (colon > 0) facts.set(line.slice(0, colon), line.slice(colon + 1));
  }
  return facts;
}

/** As INFO has it; `undefined` where it is in no known form. */
export function serverVersion(info: string): Version | undefined {
  return readVersion(readInfo(info).get("redis_version") ?? "");
}

function readVersion(text: string): Version | undefined {
  const match = /^(\d+)\.(\d+)\.(\d+)/.exec(text);
  return match === null ? undefined : [Number(match[1]), Number(match[2]), Number(match[3])];
}

export const isBefore = (a: Version, b: Version): boolean =>
  a[0] !== b[0] ? a[0] < b[0] : a[1] !== b[1] ? a[1] < b[1] : a[2] < b[2];

/** A line that is not named got it with the next one that is, or has to be left. */
function hasFault(version: Version, { redis, valkey, since }: Fault, isValkey: boolean): boolean {
  const mended = isValkey ? valkey : redis;
  const last = mended.at(-1);
  if (last === undefined || (since !== undefined && isBefore(version, since))) return false;
  const ofLine = mended.find(([major, minor]) => major === version[0] && minor === version[1]);
  return isBefore(version, ofLine ?? last);
}
