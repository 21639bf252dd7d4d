/** The commands of a channel: those that are open, and those that are given from then on. */
import type { Client, Problem, Watch } from "@signalbox/client";
import type { Publication } from "@signalbox/protocol";
import { type Asker, answerMs, ask, retryMs, wait } from "../ask.ts";
import { decodeGiven, decodeOpen, type Given, idIn, memberOf } from "./command.ts";

interface FeedOptions extends Asker {
  client: Pick<Client, "request" | "watch">;
  channel: string;
  /** May come more than once. */
  onGiven(command: Given): void;
  /** It was taken back, or waited too long. */
  onWithdrawn(commandId: string): void;
  /** The channel may not be followed. */
  onRefused(problem: Problem): void;
  stop: AbortSignal;
}

const types = ["command_queued", "command_cancelled", "command_expired"];
const pageSize = 100;

export class CommandFeed {
  readonly #options: FeedOptions;
  #watch: Watch | undefined;
  #live = false;
  #listing = false;
  /** Something may have been missed: list once more. */
  #again = false;

  constructor(options: FeedOptions) {
    this.#options = options;
    options.stop.addEventListener("abort", () => this.#watch?.stop());
  }

  /** Tells all that are open, now or as soon as the channel is followed. */
  look(): void {
    const { client, channel, onRefused } = this.#options;
    this.#again = true;
    if (this.#watch !== undefined) {
      if (this.#live) void this.#list();
      return;
    }
    this.#watch = client.watch(channel, {
      since: "now",
      filter: { types },
      onEvent: (event) => this.#take(event),
      onGap: () => this.look(),
      onState: ({ status }) => {
        // Before that, what is given might be neither in the list nor in what follows.
        if (status !== "live" || this.#live) return;
        this.#live = true;
        void this.#list();
      },
      onError: onRefused,
    });
  }

  #take({ type, data }: Publication): void {
    const { onGiven, onWithdrawn } = this.#options;
    const command = type === "command_queued" ? decodeGiven(data) : undefined;
    const commandId = idIn(data);
    if (command !== undefined) onGiven(command);
    else if (commandId !== undefined) onWithdrawn(commandId);
  }

  async #list(): Promise<void> {
    const { stop, clock, onGiven } = this.#options;
    if (this.#listing) return;
    this.#listing = true;
    for (let tries = 0; this.#again && !stop.aborted; ) {
      this.#again = false;
      const problem = await this.#pages(onGiven);
      if (problem === undefined) {
        tries = 0;
        continue;
      }
      this.#again = true;
      await wait(clock, retryMs(this.#options, ++tries, problem), stop);
    }
    this.#listing = false;
  }

  async #pages(onGiven: (command: Given) => void): Promise<Problem | undefined> {
    const { channel, stop } = this.#options;
    for (let after = ""; !stop.aborted; ) {
      const query = new URLSearchParams({ target: channel, state: "open", limit: String(pageSize), after });
      const asked = await ask(this.#options, { path: `/v1/commands?${query}`, withinMs: answerMs }, stop);
      if (!asked.ok) return asked.problem;
      const commands = memberOf(asked.answer, "commands");
      for (const listed of Array.isArray(commands) ? commands : []) {
        const command = decodeOpen(listed);
        if (command !== undefined) onGiven(command);
      }
      const next = memberOf(asked.answer, "next");
      if (typeof next !== "string") return undefined;
      after = next;
    }
    return undefined;
  }
}
