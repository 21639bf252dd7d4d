/**
 * Numbers of a producer for messages that may have to be sent again, long after the gateway forgot their idempotency keys
 * (spec §5.4). A number is kept before its message is sent, so that whoever sends it later says the same.
 *
 * When a message is refused its number stays unused, and a hole is not kept: the later ones of its channel get other
 * numbers, of an epoch that is higher than all before.
 */
import type { About, Kept } from "./records.ts";

export class Numbers {
  about: About;
  /** The number last given, by channel. */
  readonly #last = new Map<string, { epoch: number; seq: number }>();

  /** `messages`: those that are kept; some may have numbers. */
  constructor(about: About, messages: Iterable<Kept>) {
    this.about = about;
    for (const { draft, number } of messages) {
      if (number === undefined) continue;
      this.about = { ...this.about, epoch: Math.max(this.about.epoch, number.epoch) };
      if (number.id === about.producer) this.#reach(draft.channel, number);
    }
  }

  /** The next one of its channel. */
  next(channel: string): NonNullable<Kept["number"]> {
    let last = this.#last.get(channel);
    if (last === undefined) {
      this.about = { ...this.about, epoch: this.about.epoch + 1 };
      last = { epoch: this.about.epoch, seq: 0 };
    }
    const { epoch, seq } = last;
    this.#last.set(channel, { epoch, seq: seq + 1 });
    return { id: this.about.producer, epoch, seq: seq + 1 };
  }

  /** A number of it was not used: the next ones are of a new epoch. */
  leave(channel: string): void {
    this.#last.delete(channel);
  }

  /** Somebody else counts as this producer, as with a copied profile. */
  rename(producer: string): void {
    this.about = { ...this.about, producer };
    this.#last.clear();
  }

  #reach(channel: string, { epoch, seq }: { epoch: number; seq: number }): void {
    const last = this.#last.get(channel);
    if (last && (last.epoch > epoch || (last.epoch === epoch && last.seq >= seq))) return;
    this.#last.set(channel, { epoch, seq });
  }
}
