/** Options of a channel namespace: how durable, how long kept, how folded. */

/** What an acknowledged publish survives. */
export type Durability =
  /** Power loss: the commit reached the disk before the OK. */
  | "fsync"
  /** The gateway being killed, not power loss. */
  | "os"
  /** Nothing: kept in memory only. */
  | "memory";

export interface Retention {
  /** Milliseconds. */
  ageMs: number;
  /** Events per channel. */
  count: number;
  /** Bytes of event bodies per channel. */
  bytes: number;
}

export interface NamespaceOptions {
  durability: Durability;
  retention: Retention;
  /** Name of the reducer that folds the channel's state, if any. */
  reducer?: string;
  /** Names of others that fold it too, for those who ask for theirs. */
  furtherReducers?: readonly string[];
}

const dayMs = 86_400_000;
const MiB = 1_048_576;

const steady: NamespaceOptions = {
  durability: "fsync",
  retention: { ageMs: 30 * dayMs, count: 1_000_000, bytes: 256 * MiB },
};

/** Namespaces known without configuration. A channel of any other namespace is refused. */
export const defaultNamespaces: Readonly<Record<string, NamespaceOptions>> = {
  agent: { ...steady, reducer: "agent", furtherReducers: ["tdd"] },
  session: { ...steady, reducer: "session", furtherReducers: ["memory", "tdd"] },
  /** One event a line: room for five million lines or 2 GiB. */
  process: {
    durability: "fsync",
    retention: { ageMs: 14 * dayMs, count: 5_000_000, bytes: 2048 * MiB },
    reducer: "process",
    furtherReducers: ["tdd"],
  },
  execution: { ...steady, reducer: "execution" },
  /** Frames are large and short-lived. */
  browser: { durability: "memory", retention: { ageMs: dayMs, count: 2_000, bytes: 64 * MiB } },
  workflow: { ...steady, reducer: "workflow" },
  repo: { ...steady, reducer: "repo" },
  user: { ...steady },
  global: { ...steady, reducer: "global" },
  /** What went wrong, in one channel of this name. */
  alerts: { ...steady, retention: { ...steady.retention, bytes: 64 * MiB }, reducer: "alerts" },
};
