/** Says which commands an agent understands, until the gateway has heard the newest list. */
import { randomUUID } from "node:crypto";
import type { Problem } from "@signalbox/client";
import type { EventData } from "@signalbox/protocol";
import { type Asker, answerMs, ask, retryMs, wait } from "../ask.ts";

export type Declared = EventData["agent_commands"]["commands"][number];

interface DeclarationOptions extends Asker {
  agentId: string;
  stop: AbortSignal;
  onRefused(problem: Problem): void;
}

export class Declaration {
  readonly #options: DeclarationOptions;
  readonly #commands = new Map<string, Declared>();
  #open = false;
  #due = false;
  #telling = false;

  constructor(options: DeclarationOptions) {
    this.#options = options;
  }

  set(command: Declared): void {
    this.#commands.set(command.name, command);
    this.#due = true;
    // Those that are declared in a row are told together.
    queueMicrotask(() => void this.#tell());
  }

  /** The gateway is there, and the agent is at work. */
  begin(): void {
    this.#open = true;
    void this.#tell();
  }

  async #tell(): Promise<void> {
    const { agentId, stop, clock, onRefused } = this.#options;
    if (this.#telling || !this.#open) return;
    this.#telling = true;
    for (let tries = 0; this.#due && !stop.aborted; tries++) {
      this.#due = false;
      const data: EventData["agent_commands"] = { agentId, commands: [...this.#commands.values()] };
      const body = [
        { id: randomUUID(), type: "agent_commands", channel: `agent:${agentId}`, timestamp: clock.nowMs(), data },
      ];
      const asked = await ask(this.#options, { path: "/v1/events", method: "POST", body, withinMs: answerMs }, stop);
      if (asked.ok) tries = 0;
      else if (asked.problem.temporary) {
        this.#due = true;
        await wait(clock, retryMs(this.#options, tries, asked.problem), stop);
      } else onRefused(asked.problem);
    }
    this.#telling = false;
  }
}
