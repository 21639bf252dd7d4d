/** Small texts that all nodes share, and secrets that can be taken once. */
import type { SharedDocument } from "@signalbox/core";
import type { RedisCommands } from "./commands.ts";
import type { Keys } from "./keys.ts";
import { packDocument } from "./messages.ts";
import { scripts } from "./scripts.ts";

export interface DocumentOptions {
  commands: RedisCommands;
  keys: Keys;
  /** This node's name, which notices carry. */
  node: () => string;
  publish: "PUBLISH" | "SPUBLISH";
}

export class Documents {
  readonly #options: DocumentOptions;

  constructor(options: DocumentOptions) {
    this.#options = options;
  }

  async get(name: string): Promise<SharedDocument | undefined> {
    const key = this.#options.keys.document(name);
    const kept = await this.#options.commands.send({ key, words: ["GET", key] });
    if (typeof kept !== "string") return undefined;
    const end = kept.indexOf("\n");
    return { version: Number(kept.slice(0, end)), text: kept.slice(end + 1) };
  }

  async set(name: string, from: number, text: string): Promise<boolean> {
    const { commands, keys, node, publish } = this.#options;
    const args = [String(from), text, publish, keys.everywhere(), packDocument(node(), name)];
    return (await commands.send({ script: scripts.setDocument, keys: [keys.document(name)], args })) === 1;
  }

  async deposit(secret: string, text: string, ttlMs: number): Promise<void> {
    const key = this.#options.keys.secret(secret);
    await this.#options.commands.send({ key, words: ["SET", key, text, "PX", String(Math.max(1, Math.floor(ttlMs)))] });
  }

  async take(secret: string): Promise<string | undefined> {
    const key = this.#options.keys.secret(secret);
    const taken = await this.#options.commands.send({ key, words: ["GETDEL", key] });
    return typeof taken === "string" ? taken : undefined;
  }
}
