/** What an OK of the Redis broker means: see README.md. */
import type { RedisCommands } from "./commands.ts";
import { list } from "./replies.ts";

export type RedisDurability =
  | { mode: "async" }
  /** So many replicas have it, within so many milliseconds. */
  | { mode: "wait"; replicas: number; timeoutMs: number }
  /** It is in the log on the primary's disk, and in those of so many replicas. */
  | { mode: "waitaof"; replicas: number; timeoutMs: number };

/** Rejects where the server cannot do what is asked for. `key`: of the server that is asked. */
export async function requireDurability(
  commands: RedisCommands,
  key: string,
  { mode }: RedisDurability,
): Promise<void> {
  if (mode !== "waitaof") return;
  const [known] = list(await commands.send({ key, words: ["COMMAND", "INFO", "WAITAOF"] }));
  if (Array.isArray(known)) return;
  throw new Error(
    "durability `waitaof` needs Redis 7.2 or Valkey: this server has no WAITAOF. Use `wait`, and a log that is forced to disk always",
  );
}
