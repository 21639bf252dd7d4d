/**
 * The scripts that run in Redis. EVALSHA and not FUNCTION: a script is named by the hash of its text, so that nodes of two versions
 * use one Redis at once, each with its own scripts; and Redis 6.2 has no functions. What both keep must stay readable to both:
 * values have room for more behind what is known.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

export interface Script {
  text: string;
  /** By which Redis knows it. */
  sha: string;
}

/** Pieces share their locals with those behind them. */
function script(...pieces: readonly string[]): Script {
  const text = pieces.map((piece) => readFileSync(new URL(`./lua/${piece}.lua`, import.meta.url), "utf8")).join("\n");
  return { text, sha: createHash("sha1").update(text).digest("hex") };
}

const channel = ["root", "channel", "trim"] as const;

export const scripts = {
  append: script(...channel, "producers", "idempotency", "registers", "append"),
  look: script(...channel, "look"),
  read: script(...channel, "read"),
  snapshot: script("root", "channel", "snapshot"),
  listRegisters: script("list-registers"),
  setDocument: script("set-document"),
  rates: script("rates"),
} as const;
