/** Publishing as promises: each event's outcome to whoever waits for it. */
import type { Draft } from "@signalbox/protocol";
import type { PublishEffect } from "./effects.ts";
import { GatewayError } from "./errors.ts";
import type { LiveCore } from "./live-core.ts";
import type { Item } from "./outbox.ts";
import type { GatewayFailure, Problem, Published } from "./types.ts";

export class Publishing {
  readonly #core: () => LiveCore;
  readonly #waiting = new Map<Item, (outcome: Published | Problem) => void>();

  constructor(core: () => LiveCore) {
    this.#core = core;
  }

  async publish(draft: Draft): Promise<Published> {
    const outcome = await this.#outcome(draft);
    if ("name" in outcome) throw new GatewayError(outcome);
    return outcome;
  }

  publishAll(drafts: readonly Draft[]): Promise<Array<Published | GatewayFailure>> {
    return Promise.all(
      drafts.map(async (draft) => {
        const id = draft.id ?? this.#core().newId();
        const outcome = await this.#outcome({ ...draft, id });
        return "name" in outcome ? { id, error: outcome } : outcome;
      }),
    );
  }

  settled(effect: PublishEffect): void {
    this.#waiting.get(effect.item)?.(effect.do === "published" ? effect.published : effect.problem);
    this.#waiting.delete(effect.item);
  }

  #outcome(draft: Draft): Promise<Published | Problem> {
    return new Promise((resolve) => {
      const item = this.#core().publish(draft);
      if ("text" in item) this.#waiting.set(item, resolve);
      else resolve(item);
    });
  }
}
