/** Says on a channel what is so: the newest of each type, again until the gateway has it. */
import { randomUUID } from "node:crypto";
import type { Problem } from "@signalbox/client";
import type { Draft, EventData } from "@signalbox/protocol";
import { type Asker, answerMs, ask, retryMs, wait } from "../ask.ts";

type Said = Extract<keyof EventData, "agent_commands" | "agent_status">;

interface AnnouncerOptions extends Asker {
  channel: string;
  /** The gateway does not take it; it is not said again. */
  onRefused(problem: Problem): void;
}

export class Announcer {
  readonly #options: AnnouncerOptions;
  readonly #stop = new AbortController();
  /** What the gateway does not have yet, in order. */
  readonly #waiting = new Map<Said, Draft>();
  #sending: Promise<void> | undefined;

  constructor(options: AnnouncerOptions) {
    this.#options = options;
  }

  say<Type extends Said>(type: Type, data: EventData[Type]): void {
    const { channel, clock } = this.#options;
    const id = randomUUID();
    this.#waiting.set(type, { type, channel, timestamp: clock.nowMs(), data, metadata: { idempotencyKey: id } });
    this.#sending ??= this.#send().finally(() => {
      this.#sending = undefined;
    });
  }

  /** Resolves when all is said, or `leave` fires: then the rest is not said. */
  async settle(leave: AbortSignal): Promise<void> {
    const end = (): void => this.#stop.abort();
    if (leave.aborted) end();
    else leave.addEventListener("abort", end, { once: true });
    await this.#sending;
    leave.removeEventListener("abort", end);
  }

  async #send(): Promise<void> {
    for (let tries = 0; !this.#stop.signal.aborted; ) {
      const [next] = this.#waiting;
      if (next === undefined) return;
      const [type, draft] = next;
      const question = { path: "/v1/events", method: "POST", body: [draft], withinMs: answerMs };
      const asked = await ask(this.#options, question, this.#stop.signal);
      if (!asked.ok && asked.problem.temporary) {
        await wait(this.#options.clock, retryMs(this.#options, ++tries, asked.problem), this.#stop.signal);
        continue;
      }
      tries = 0;
      if (this.#waiting.get(type) === draft) this.#waiting.delete(type);
      if (!asked.ok) this.#options.onRefused(asked.problem);
    }
  }
}
