/** Commands whose doer's lease ended, or was taken by a new epoch, have failed (§10.3): nobody carries them out again. */
import type { Draft, PublishResult } from "@signalbox/protocol";
import type { Actor, HubPorts, Principal } from "../hub-ports.ts";
import type { Command } from "./command.ts";

interface InterruptsOptions {
  ports: Pick<HubPorts, "after">;
  own: Principal;
  /** Epoch of the lease that somebody holds of a channel. */
  epochOf(channel: string): number | undefined;
  publish(drafts: readonly Draft[], actor: Actor, done: (results: PublishResult[]) => void): void;
}

/** What the store did not take is tried again. */
const againMs = 5_000;

export class Interrupts {
  readonly #options: InterruptsOptions;
  /** Commands that were begun under a lease: its epoch by the command's id, by channel. */
  readonly #started = new Map<string, Map<string, number>>();
  /** Being told of. */
  readonly #telling = new Set<string>();
  /** Are all leases known? Before that nobody has lost one. */
  #begun = false;

  constructor(options: InterruptsOptions) {
    this.#options = options;
  }

  begin(): void {
    this.#begun = true;
    for (const channel of [...this.#started.keys()]) this.moved(channel);
  }

  /** A command as it is kept now. */
  follow(command: Command | undefined): void {
    if (command === undefined) return;
    const { commandId, target, state, startedEpoch } = command;
    const begun = this.#started.get(target);
    if (state !== "started" || startedEpoch === undefined) {
      begun?.delete(commandId);
      if (begun?.size === 0) this.#started.delete(target);
      return;
    }
    if (begun === undefined) this.#started.set(target, new Map([[commandId, startedEpoch]]));
    else begun.set(commandId, startedEpoch);
    this.moved(target);
  }

  /** Another epoch holds the channel now, or nobody does. */
  moved(channel: string): void {
    if (!this.#begun) return;
    const epoch = this.#options.epochOf(channel);
    for (const [commandId, startedEpoch] of [...(this.#started.get(channel) ?? [])]) {
      if (startedEpoch !== epoch && !this.#telling.has(commandId)) this.#tell(channel, commandId);
    }
  }

  #tell(channel: string, commandId: string): void {
    const { ports, own, publish } = this.#options;
    const error = "the lease ended under which this was begun";
    const draft: Draft = { type: "command_failed", channel, data: { commandId, error, code: "interrupted" } };
    this.#telling.add(commandId);
    publish([draft], { principal: own }, ([result]) => {
      this.#telling.delete(commandId);
      if (result !== undefined && "error" in result && result.error.temporary) {
        ports.after(againMs, () => this.moved(channel));
      }
    });
  }
}
