/** Writes what is kept here to webgui:*, as plain Pub/Sub: at most once, and to nobody while nobody listens. */
import type { Counts } from "./counts.ts";
import { Link } from "./links.ts";
import type { Written } from "./outward.ts";
import type { Place } from "./places.ts";

/** What waits while Redis is away, and what is given to a link that has not taken it. */
const most = { waitingBytes: 8 * 1_048_576, waiting: 10_000, sending: 1_000 };

export class Writer {
  readonly #link: Link;
  readonly #counts: Counts;
  readonly #waiting: Written[] = [];
  #bytes = 0;
  #sending = 0;

  /** `key`: channels are known to all servers, and one is as good as any. */
  constructor(place: Place, key: string, counts: Counts) {
    this.#counts = counts;
    this.#link = new Link({ place, key, name: "signalbox-webgui-writer", counts, up: () => this.#send() });
  }

  /** What finds no room is dropped, and counted. */
  write(written: Written): void {
    const { waitingBytes, waiting } = most;
    if (this.#waiting.length >= waiting || this.#bytes + written.text.length > waitingBytes) {
      this.#counts.drop();
      return;
    }
    this.#waiting.push(written);
    this.#bytes += written.text.length;
    this.#send();
  }

  /** What was given to a link that is up still goes out. */
  end(): Promise<void> {
    return this.#link.end(true);
  }

  #send(): void {
    while (this.#link.isReady && this.#sending < most.sending) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#bytes -= next.text.length;
      this.#sending++;
      this.#link
        .run((client) => client.publish(next.channel, next.text))
        .then(
          () => this.#sent(true),
          // It may have gone out. Sending it again could double it.
          () => this.#sent(false),
        );
    }
  }

  #sent(isOut: boolean): void {
    this.#sending--;
    if (isOut) this.#counts.written++;
    else this.#counts.drop();
    this.#send();
  }
}
