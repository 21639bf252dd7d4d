/**
 * Carries out the commands of a channel, each at most once: only what got an OK for `command_started` is run, and what
 * was begun before a crash is not begun again (§10.3).
 *
 * One command at a time, in the order in which they were given. `pause`, `resume`, `cancel` and those that say `parallel` do
 * not wait for others: they begin when they come, beside whatever runs.
 */
import type { Client, Problem } from "@signalbox/client";
import { type Asker, wait } from "../ask.ts";
import type { Given } from "./command.ts";
import { CommandFeed } from "./command-feed.ts";
import { type CommandSpec, Execution } from "./execution.ts";
import type { LeaseKeeper } from "./lease-keeper.ts";
import type { Sequence } from "./sequence.ts";
import { Steps } from "./steps.ts";

export interface InboxParts extends Asker {
  client: Pick<Client, "request" | "watch">;
  channel: string;
  producer: string;
  lease: LeaseKeeper;
  sequence: Sequence;
  /** By name. Commands of other names fail with the code `unknown_command`. */
  commands: Readonly<Record<string, CommandSpec>>;
  /** The channel may not be followed. */
  onRefused(problem: Problem): void;
}

/** Commands at hand, at most; the others stay open at the gateway and are asked for when there is room. */
const atHandAtMost = 1_000;
/** So long handlers may take to end when the inbox is closed. */
const closeMs = 5_000;
const neverWait: ReadonlySet<string> = new Set(["pause", "resume", "cancel"]);

export class Inbox {
  readonly #parts: InboxParts;
  readonly #stop = new AbortController();
  readonly #steps: Steps;
  readonly #feed: CommandFeed;
  /** By command id. */
  readonly #atHand = new Map<string, Execution>();
  #waiting: Execution[] = [];
  #busy = false;
  #closing = false;
  /** Some are open for which there was no room. */
  #left = false;

  constructor(parts: InboxParts) {
    this.#parts = parts;
    const stop = this.#stop.signal;
    this.#steps = new Steps({ ...parts, stop });
    this.#feed = new CommandFeed({
      ...parts,
      stop,
      onGiven: (command) => this.#take(command),
      onWithdrawn: (commandId) => this.#atHand.get(commandId)?.withdraw(),
    });
  }

  /** The lease is held, in a new epoch: what is open waits for us. */
  begin(): void {
    if (!this.#closing) this.#feed.look();
  }

  /** The lease ended: what was begun under it is not ours any more. */
  interrupt(reason: string): void {
    this.#waiting = [];
    for (const execution of this.#atHand.values()) execution.interrupt(reason);
  }

  /** Takes no more, tells handlers to end and gives them five seconds, in which what comes of them is still published. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#waiting = [];
    const running = [...this.#atHand.values()];
    for (const execution of running) execution.stop();
    const late = new AbortController();
    const ended = Promise.all(running.map(({ ended }) => ended)).then(() => late.abort());
    await Promise.race([ended, wait(this.#parts.clock, closeMs, late.signal)]);
    late.abort();
    this.#stop.abort();
  }

  #take(given: Given): void {
    if (this.#closing || this.#stop.signal.aborted || this.#atHand.has(given.commandId)) return;
    if (this.#atHand.size >= atHandAtMost) {
      this.#left = true;
      return;
    }
    const { commands, clock } = this.#parts;
    const spec = Object.hasOwn(commands, given.name) ? commands[given.name] : undefined;
    const execution = new Execution(given, spec, { steps: this.#steps, clock });
    this.#atHand.set(given.commandId, execution);
    void execution.ended.then(() => this.#forget(execution));
    const parallel = typeof spec === "object" ? spec.parallel : undefined;
    if (spec === undefined || (parallel ?? neverWait.has(given.name))) void execution.run();
    else {
      this.#waiting.push(execution);
      void this.#oneByOne();
    }
  }

  async #oneByOne(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) await next.run();
    this.#busy = false;
  }

  #forget(execution: Execution): void {
    const { commandId } = execution;
    if (this.#atHand.get(commandId) === execution) this.#atHand.delete(commandId);
    if (!this.#left || this.#atHand.size > 0) return;
    this.#left = false;
    this.begin();
  }
}
