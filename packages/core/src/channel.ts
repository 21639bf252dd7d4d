/** A channel that somebody watches here: its head, its newest publications, and who gets them. */
import type { SharedPublication } from "./publication.ts";
import type { Subscription } from "./subscription.ts";

export class Channel {
  readonly name: string;
  epoch = "";
  /** Newest offset known here. */
  top = 0;
  /** Attached: epoch and top are known. */
  ready = false;
  /** Milliseconds since 1970 when the last subscription left; undefined while there is one. */
  emptySinceMs: number | undefined;
  /** Subscriptions at the head. Each knows its index here, so that leaving costs nothing. */
  readonly live: Subscription[] = [];
  /** All subscriptions, at the head or behind it. */
  readonly all = new Set<Subscription>();

  readonly #maxEvents: number;
  readonly #maxBytes: number;
  /** Ring of the newest publications, contiguous, ending at `top`. */
  readonly #ring: SharedPublication[] = [];
  #start = 0;
  #bytes = 0;
  /** The head when the channel was last looked at. */
  #lookedTop = 0;

  constructor(name: string, maxEvents: number, maxBytes: number) {
    this.name = name;
    this.#maxEvents = maxEvents;
    this.#maxBytes = maxBytes;
  }

  /** Oldest offset that need not be read from the store; `top + 1` when there is none. */
  get tailFloor(): number {
    return this.top + 1 - (this.#ring.length - this.#start);
  }

  /** A publication of the tail. */
  at(offset: number): SharedPublication | undefined {
    return this.#ring[this.#start + (offset - this.tailFloor)];
  }

  /** Takes the next publication. False: it does not follow the last one, and the tail begins anew with it. */
  push(publication: SharedPublication): boolean {
    const follows = publication.offset === this.top + 1 && publication.epoch === this.epoch;
    if (!follows) this.#clear();
    this.epoch = publication.epoch;
    this.top = publication.offset;
    this.#ring.push(publication);
    this.#bytes += publication.json.length;
    while (
      this.#ring.length - this.#start > 1 &&
      (this.#ring.length - this.#start > this.#maxEvents || this.#bytes > this.#maxBytes)
    ) {
      this.#bytes -= this.#ring[this.#start]?.json.length ?? 0;
      this.#start++;
    }
    // Dropped entries are cut off once they are the half, so that a push stays cheap.
    if (this.#start * 2 > this.#ring.length) this.#compact();
    return follows;
  }

  stand(epoch: string, top: number): void {
    if (this.ready) return;
    this.ready = true;
    if (this.#ring.length > 0) return; // commits came before the answer; they are newer
    this.epoch = epoch;
    this.top = top;
  }

  /** Lets the tail go if nothing was published since the last call: whoever still needs it reads the store. */
  cool(): void {
    if (this.ready && this.top === this.#lookedTop) this.#clear();
    this.#lookedTop = this.top;
  }

  /** Another history took this one's place. */
  replace(epoch: string, top: number): void {
    this.#clear();
    this.epoch = epoch;
    this.top = top;
  }

  enterLive(subscription: Subscription): void {
    if (subscription.liveIndex >= 0) return;
    subscription.liveIndex = this.live.length;
    this.live.push(subscription);
  }

  leaveLive(subscription: Subscription): void {
    const index = subscription.liveIndex;
    if (index < 0) return;
    subscription.liveIndex = -1;
    const last = this.live.pop();
    if (last === undefined || last === subscription) return;
    this.live[index] = last;
    last.liveIndex = index;
  }

  #compact(): void {
    this.#ring.splice(0, this.#start);
    this.#start = 0;
  }

  #clear(): void {
    this.#ring.length = 0;
    this.#start = 0;
    this.#bytes = 0;
  }
}
