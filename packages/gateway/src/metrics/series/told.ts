/** What the events that this node kept say of the work: how many sessions, decisions and commands, and what was used. */
import type { SharedPublication } from "@signalbox/core";

/** Of these types each event counts, by its type. */
const counted: ReadonlySet<string> = new Set([
  ...["session_started", "session_stopped", "process_started", "process_stopped"],
  ...["checkpoint_required", "checkpoint_decided", "checkpoint_expired"],
  ...["command_queued", "command_done", "command_failed", "command_expired", "command_cancelled"],
]);

const amounts = { inputTokens: "usage.input_tokens", outputTokens: "usage.output_tokens", costUsd: "usage.cost_usd" };

export class Told {
  /** By name; from the start. */
  readonly totals = new Map<string, number>([...counted].map((type) => [`told.${type}`, 0]));

  take(publications: readonly SharedPublication[]): void {
    for (const publication of publications) {
      const { type } = publication;
      if (counted.has(type)) this.#add(`told.${type}`, 1);
      else if (type === "agent_usage") this.#use(publication.message().data);
    }
  }

  /** What nobody said stays unknown: without it there is no such name. */
  #use(data: unknown): void {
    for (const [member, name] of Object.entries(amounts)) {
      const amount: unknown = Reflect.get(Object(data), member);
      if (typeof amount === "number" && amount > 0) this.#add(name, amount);
    }
  }

  #add(name: string, amount: number): void {
    this.totals.set(name, (this.totals.get(name) ?? 0) + amount);
  }
}
