/**
 * Commands to Redis. Those of one key go over one connection in the order of the calls, without waiting for each other's
 * answers. A command that is given up on ends its connection: an answer never reaches another command (A44).
 */
import { StoreAway } from "@signalbox/core";
import { createClient, type RedisClientOptions } from "redis";
import { awayOf, type Reply } from "./replies.ts";
import { type Script, scripts } from "./scripts.ts";

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

export interface StandaloneOptions {
  url: string;
  /** Milliseconds until a command without an answer ends its connection. */
  answerMs: number;
}

type Client = ReturnType<typeof createClient>;

interface Pending {
  bytes: number;
  sinceMs: number;
}

/** To one server. Resolves when it is connected. */
export async function openStandalone({ url, answerMs }: StandaloneOptions): Promise<RedisCommands> {
  const commands = new Standalone({ url, disableOfflineQueue: true, maintNotifications: "disabled" }, answerMs);
  await commands.connect();
  return commands;
}

class Standalone implements RedisCommands {
  readonly #options: RedisClientOptions;
  readonly #answerMs: number;
  /** In the order of sending; answers come in the same. */
  readonly #pending = new Set<Pending>();
  readonly #watch: NodeJS.Timeout;
  #client: Client;
  #bytes = 0;

  constructor(options: RedisClientOptions, answerMs: number) {
    this.#options = options;
    this.#answerMs = answerMs;
    this.#client = this.#newClient();
    this.#watch = setInterval(() => this.#giveUp(), Math.max(10, answerMs / 4)).unref();
  }

  get waitingBytes(): number {
    return this.#bytes;
  }

  async connect(): Promise<void> {
    await this.#client.connect().catch((error: unknown) => {
      throw awayOf(error);
    });
  }

  async send(command: ScriptCall | PlainCommand): Promise<Reply> {
    const pending = { bytes: bytesOf(command), sinceMs: performance.now() };
    this.#pending.add(pending);
    this.#bytes += pending.bytes;
    try {
      return await this.#ask(command);
    } catch (error) {
      throw awayOf(error);
    } finally {
      this.#pending.delete(pending);
      this.#bytes -= pending.bytes;
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#watch);
    if (this.#client.isReady) await this.#client.close();
    else if (this.#client.isOpen) this.#client.destroy();
  }

  #ask(command: ScriptCall | PlainCommand): Promise<Reply> {
    const client = this.#client;
    if ("words" in command) return client.sendCommand<Reply>(command.words);
    const { script, keys, args, again } = command;
    const rest = [String(keys.length), ...keys, ...args];
    return client.sendCommand<Reply>(["EVALSHA", script.sha, ...rest]).catch((error: unknown) => {
      // Forgotten by SCRIPT FLUSH or another server's start: those behind it find out the same way, in the same order.
      if (!(error instanceof Error && error.message.startsWith("NOSCRIPT"))) throw error;
      again?.();
      return client.sendCommand<Reply>(["EVAL", script.text, ...rest]);
    });
  }

  /** One that does not answer is not asked again over the same connection. */
  #giveUp(): void {
    const [oldest] = this.#pending;
    if (oldest === undefined || performance.now() - oldest.sinceMs < this.#answerMs) return;
    this.#client.destroy();
    this.#client = this.#newClient();
    this.#client.connect().catch(() => {});
  }

  #newClient(): Client {
    const client = createClient(this.#options) as Client;
    client.on("error", () => {});
    client.on("ready", () => {
      for (const { text } of Object.values(scripts)) client.sendCommand(["SCRIPT", "LOAD", text]).catch(() => {});
    });
    return client;
  }
}

/** Characters, about what they take. */
function bytesOf(command: ScriptCall | PlainCommand): number {
  let bytes = 0;
  for (const word of "words" in command ? command.words : [...command.keys, ...command.args]) bytes += word.length;
  return bytes;
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
