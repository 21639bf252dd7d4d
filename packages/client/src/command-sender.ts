/**
 * `@signalbox/client/sender`, the command sender (X8): what a program says to the gateway. Events are published, commands are
 * given and followed; both outlive a lost link, and sent twice they are one.
 */
import { type ControlType, isControlType, type Message } from "@signalbox/protocol";
import type { CommandHandle, CommandOptions } from "./command-steps.ts";
import { GatewayError } from "./errors.ts";
import type { DraftOf } from "./typed-events.ts";
import type { Client } from "./types.ts";

/** S6: a message of which the gateway or the client adds what is missing. Data of known types is checked. */
export type Outbound<Type extends string> = Partial<Message> & DraftOf<Type>;

export class CommandSender {
  readonly #client: Pick<Client, "publish" | "command">;

  constructor(client: Pick<Client, "publish" | "command">) {
    this.#client = client;
  }

  /** Resolves once the gateway keeps it; rejects with a GatewayError. */
  async send<Type extends string>(message: Outbound<Type>): Promise<void> {
    const { type } = message;
    if (typeof type !== "string") throw refused("A message has a type.", "Give it one.");
    if (isControlType(type)) throw refused(`${type} is not sent as a message.`, instead[type] ?? byItself);
    await this.#client.publish<Type>(message);
  }

  /** Tells an agent or a process what to do, and follows it to its end. */
  command(target: string | readonly string[], name: string, args?: unknown, options?: CommandOptions): CommandHandle {
    return this.#client.command(target, name, args, options);
  }
}

const byItself = "The client does that by itself.";
const instead: Partial<Record<ControlType, string>> = {
  connect: "Call connect().",
  disconnect: "Call disconnect().",
  subscribe: "Call subscribe().",
  unsubscribe: "Call unsubscribe().",
  auth_request: "Give the client a token function.",
};

const refused = (message: string, help: string): GatewayError =>
  new GatewayError({ name: "invalid_message", number: 100, message, temporary: false, help });
