/** The store's commands, each to the server that has its keys. */
import type { PlainCommand, RedisCommands, ScriptCall } from "./commands.ts";
import type { Connection } from "./connection.ts";
import type { Words } from "./link.ts";
import { awayOf, type Reply } from "./replies.ts";

export class RoutedCommands implements RedisCommands {
  readonly #connection: Connection;
  readonly #end: () => void;
  #bytes = 0;

  /** `end`: what ends with it; the connection, unless others use it too. */
  constructor(connection: Connection, end: () => void) {
    this.#connection = connection;
    this.#end = end;
  }

  get waitingBytes(): number {
    return this.#bytes;
  }

  async send(command: ScriptCall | PlainCommand): Promise<Reply> {
    const bytes = bytesOf(command);
    this.#bytes += bytes;
    try {
      return (await this.#ask(command)) as Reply;
    } catch (error) {
      throw awayOf(error);
    } finally {
      this.#bytes -= bytes;
    }
  }

  async close(): Promise<void> {
    this.#end();
  }

  #ask(command: ScriptCall | PlainCommand): Promise<unknown> {
    if ("words" in command) return this.#connection.send(command.key, [...command.words]);
    const { script, keys, args, again } = command;
    const rest: Words = [String(keys.length), ...keys, ...args];
    const [key = ""] = keys;
    return this.#connection.send(key, ["EVALSHA", script.sha, ...rest], again).catch((error: unknown) => {
      // Forgotten by SCRIPT FLUSH: those behind it find out the same way, in the same order.
      if (!(error instanceof Error && error.message.startsWith("NOSCRIPT"))) throw error;
      again?.();
      return this.#connection.send(key, ["EVAL", script.text, ...rest], again);
    });
  }
}

/** Characters, about what they take. */
function bytesOf(command: ScriptCall | PlainCommand): number {
  let bytes = 0;
  for (const word of "words" in command ? command.words : [...command.keys, ...command.args]) bytes += word.length;
  return bytes;
}
