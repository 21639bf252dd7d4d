/** Links to Redis that come back by themselves, wherever it is then. */
import type { Counts } from "./counts.ts";
import { type Client, connect, type Place } from "./places.ts";

/** Doubled from the first to the last, and half of it by chance, so that nodes do not come back all at once; milliseconds. */
const backoffMs = { first: 50, last: 5_000 };

export interface LinkOptions {
  place: Place;
  /** It leads to the server that has this key. */
  key: string;
  /** What CLIENT LIST shows. */
  name: string;
  counts: Counts;
  /** It is up, again perhaps. */
  up?(link: Link): void;
  down?(): void;
}

export class Link {
  readonly #options: LinkOptions;
  #client: Client | undefined;
  #tries = 0;
  #timer: NodeJS.Timeout | undefined;
  #hasEnded = false;

  constructor(options: LinkOptions) {
    this.#options = options;
    void this.#open();
  }

  get isReady(): boolean {
    return this.#client !== undefined;
  }

  /** Rejects where it is down, and may have been done where it goes down meanwhile. */
  async run<Answer>(command: (client: Client) => Promise<Answer>): Promise<Answer> {
    const client = this.#client;
    if (client === undefined) throw new Error("no link to Redis");
    try {
      return await command(client);
    } catch (error) {
      if (isElsewhere(error)) this.#lose(client);
      throw error;
    }
  }

  /** What was given to it still goes out, if `gently`. */
  async end(gently = false): Promise<void> {
    this.#hasEnded = true;
    clearTimeout(this.#timer);
    const client = this.#client;
    this.#client = undefined;
    if (client === undefined) return;
    if (gently) await client.close();
    else if (client.isOpen) client.destroy();
  }

  async #open(): Promise<void> {
    const { place, key, name, counts, up } = this.#options;
    try {
      let client: Client | undefined;
      client = await connect(place, key, name, (error) => {
        counts.trouble("no link to Redis", error);
        this.#lose(client);
      });
      client.on("end", () => this.#lose(client));
      if (this.#hasEnded) {
        client.destroy();
        return;
      }
      this.#client = client;
      this.#tries = 0;
      up?.(this);
    } catch (error) {
      counts.trouble("no link to Redis", error);
      this.#openLater();
    }
  }

  /** One that was lost before is nobody's concern. */
  #lose(client: Client | undefined): void {
    if (client === undefined || client !== this.#client) return;
    this.#client = undefined;
    if (client.isOpen) client.destroy();
    if (this.#hasEnded) return;
    this.#options.down?.();
    this.#openLater();
  }

  #openLater(): void {
    const { first, last } = backoffMs;
    const waitMs = Math.min(last, first * 2 ** Math.min(this.#tries++, 10)) * (0.5 + Math.random() / 2);
    if (!this.#hasEnded) this.#timer = setTimeout(() => void this.#open(), waitMs);
  }
}

/** The server is not the one any more that has the key, or takes no writes. */
const isElsewhere = (error: unknown): boolean =>
  error instanceof Error && /^(MOVED|ASK|READONLY|CLUSTERDOWN|UNBLOCKED|MASTERDOWN) /.test(error.message);
