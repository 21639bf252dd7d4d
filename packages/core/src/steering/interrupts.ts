/** Commands whose doer's lease ended, or was taken by a new epoch, have failed (§10.3): nobody carries them out again. */
import type { Draft, PublishResult } from "@signalbox/protocol";
import type { Actor, HubPorts, Principal } from "../hub-ports.ts";
import type { Command } from "./command.ts";
import { commandKey } from "./kinds.ts";
import type { Patience } from "./patience.ts";

interface InterruptsOptions {
  ports: Pick<HubPorts, "after">;
  own: Principal;
  patience: Patience;
  /** Epoch of the lease that somebody holds of a channel. */
  epochOf(channel: string): number | undefined;
  publish(drafts: readonly Draft[], actor: Actor, done: (results: PublishResult[]) => void): void;
  /** What is known of this register here is not so: it is looked up again. */
  lookAgain(key: string): void;
}

/** What the store did not take is tried again. */
const againMs = 5_000;

export class Interrupts {
  readonly #options: InterruptsOptions;
  /** Commands that were begun under a lease: its epoch by the command's id, by channel. */
  readonly #started = new Map<string, Map<string, number>>();
  /** Being told of, or waited for: another node may tell of it. */
  readonly #telling = new Set<string>();
  /** Are all leases known? Before that nobody has lost one. */
  #begun = false;

  constructor(options: InterruptsOptions) {
    this.#options = options;
  }

  begin(): void {
    this.#begun = true;
    for (const channel of [...this.#started.keys()]) this.moved(channel, false);
  }

  /** News were missed: until all leases are known again, nobody is told anything. */
  pause(): void {
    this.#begun = false;
  }

  /** A command as it is kept now. `isOurs`: this node changed it. */
  follow(command: Command | undefined, isOurs: boolean): void {
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
    this.moved(target, isOurs);
  }

  /** Another epoch holds the channel now, or nobody does. `isOurs`: this node changed that; else another one tells of it. */
  moved(channel: string, isOurs: boolean): void {
    if (!this.#begun) return;
    const { ports, patience } = this.#options;
    for (const commandId of [...(this.#started.get(channel)?.keys() ?? [])]) {
      if (!this.#isCut(channel, commandId) || this.#telling.has(commandId)) continue;
      this.#telling.add(commandId);
      const waitMs = isOurs ? 0 : patience.turnMs(commandKey(commandId));
      if (waitMs === 0) this.#tell(channel, commandId);
      else {
        ports.after(waitMs, () => {
          // What is not known yet is looked at once it is.
          if (this.#begun && this.#isCut(channel, commandId)) this.#tell(channel, commandId);
          else this.#telling.delete(commandId);
        });
      }
    }
  }

  /** Was it begun under a lease that has ended, as far as is known here? The step that says so is decided by what is kept. */
  #isCut(channel: string, commandId: string): boolean {
    const startedEpoch = this.#started.get(channel)?.get(commandId);
    return startedEpoch !== undefined && startedEpoch !== this.#options.epochOf(channel);
  }

  #tell(channel: string, commandId: string): void {
    const { ports, own, publish, lookAgain } = this.#options;
    const error = "the lease ended under which this was begun";
    const draft: Draft = { type: "command_failed", channel, data: { commandId, error, code: "interrupted" } };
    publish([draft], { principal: own }, ([result]) => {
      this.#telling.delete(commandId);
      if (result === undefined || !("error" in result)) return;
      if (result.error.temporary) ports.after(againMs, () => this.moved(channel, true));
      else if (this.#isCut(channel, commandId)) lookAgain(commandKey(commandId));
    });
  }
}
