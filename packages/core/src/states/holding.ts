/** Who needs which channel: each is held as long as somebody does. */
export class Holding<Holder> {
  readonly #hold: (channel: string) => void;
  readonly #release: (channel: string) => void;
  readonly #channels = new Map<Holder, Set<string>>();
  /** Holders by channel. */
  readonly #counts = new Map<string, number>();

  constructor(hold: (channel: string) => void, release: (channel: string) => void) {
    this.#hold = hold;
    this.#release = release;
  }

  hold(holder: Holder, channel: string): void {
    const channels = this.#channels.get(holder) ?? new Set();
    if (channels.has(channel)) return;
    this.#channels.set(holder, channels.add(channel));
    const count = (this.#counts.get(channel) ?? 0) + 1;
    this.#counts.set(channel, count);
    if (count === 1) this.#hold(channel);
  }

  /** The holder needs none any more. */
  end(holder: Holder): void {
    const channels = this.#channels.get(holder) ?? [];
    this.#channels.delete(holder);
    for (const channel of channels) {
      const count = (this.#counts.get(channel) ?? 1) - 1;
      if (count > 0) this.#counts.set(channel, count);
      else {
        this.#counts.delete(channel);
        this.#release(channel);
      }
    }
  }
}
