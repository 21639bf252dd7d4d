/**
 * Commands to Redis. Those of one key go over one connection in the order of the calls, without waiting for each other's
 * answers. A command that is given up on ends its connection: an answer never reaches another command (A44).
 */
import { StoreAway } from "@signalbox/core";
import type { Reply } from "./replies.ts";
import type { Script } from "./scripts.ts";

export interface ScriptCall {
  script: Script;
  /** All in one slot. */
  keys: readonly string[];
  args: readonly string[];
  /** Told when it is sent a second time, because the server did not know the script. */
  again?: () => void;
}

/** Any other command; `key` says which server serves it. */
export interface PlainCommand {
  key: string;
  words: readonly string[];
}

export interface RedisCommands {
  /** Rejects with StoreAway: then a write may or may not have been done. */
  send(command: ScriptCall | PlainCommand): Promise<Reply>;
  /** Of commands without an answer yet. */
  readonly waitingBytes: number;
  close(): Promise<void>;
}

/** Rejects what would wait with too much else. */
export class Bounded implements RedisCommands {
  readonly #commands: RedisCommands;
  readonly #mostBytes: number;

  constructor(commands: RedisCommands, mostBytes: number) {
    this.#commands = commands;
    this.#mostBytes = mostBytes;
  }

  get waitingBytes(): number {
    return this.#commands.waitingBytes;
  }

  get isFull(): boolean {
    return this.#commands.waitingBytes >= this.#mostBytes;
  }

  send(command: ScriptCall | PlainCommand): Promise<Reply> {
    if (this.isFull) return Promise.reject(new StoreAway(`more than ${this.#mostBytes} bytes wait for Redis`));
    return this.#commands.send(command);
  }

  close(): Promise<void> {
    return this.#commands.close();
  }
}
