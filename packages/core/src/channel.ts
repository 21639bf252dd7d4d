/** A channel that somebody watches here: its head, its newest publications, and who gets them. */
import { Backlog, type Room } from "./backlog.ts";
import type { Lanes } from "./lanes.ts";
import type { SharedPublication } from "./publication.ts";
import type { Subscription } from "./subscription.ts";

interface ChannelOptions {
  /** Of the tail. */
  maxEvents: number;
  maxBytes: number;
  /** For the tails of all channels together: without it one has its newest event. */
  tails: Room;
  /** Events that a late subscription may have before it. */
  lateEvents: number;
  /** For publications that late subscriptions need, shared with other channels. */
  room: Room;
  lanes: Lanes;
}

export class Channel {
  readonly name: string;
  epoch = "";
  /** Newest offset known here. */
  top = 0;
  /** Attached: epoch and top are known. */
  ready = false;
  /** Folded states of it are watched, and told from what arrives here; only where the store is shared. */
  held = false;
  /** Milliseconds since 1970 when the last subscription left; undefined while there is one. */
  emptySinceMs: number | undefined;
  /** Subscriptions at the head. Each knows its index here, so that leaving costs nothing. */
  readonly live: Subscription[] = [];
  /** All subscriptions, at the head or behind it. */
  readonly all = new Set<Subscription>();
  /** While somebody who was at the head is late. */
  backlog: Backlog | undefined;
  /** Of those, the ones whose outbox had room for something lossless. */
  readonly eager = new Set<Subscription>();

  readonly #options: ChannelOptions;
  /** Ring of the newest publications, contiguous, ending at `top`. */
  readonly #ring: SharedPublication[] = [];
  #start = 0;
  #bytes = 0;
  /** The head when the channel was last looked at. */
  #lookedTop = 0;

  constructor(name: string, options: ChannelOptions) {
    this.name = name;
    this.#options = options;
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
    const { maxEvents, maxBytes, tails } = this.#options;
    tails.leftBytes -= publication.json.length;
    while (
      this.#ring.length - this.#start > 1 &&
      (this.#ring.length - this.#start > maxEvents || this.#bytes > maxBytes || tails.leftBytes < 0)
    ) {
      const droppedBytes = this.#ring[this.#start]?.json.length ?? 0;
      this.#bytes -= droppedBytes;
      tails.leftBytes += droppedBytes;
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

  /** Nobody will ask it any more. */
  end(): void {
    this.#clear();
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

  /** False: it cannot be told from a backlog what comes next. */
  enterBacklog(subscription: Subscription): boolean {
    const { lanes, room } = this.#options;
    this.backlog ??= new Backlog(subscription.sent, lanes, room);
    if (this.backlog.top !== subscription.sent) return false;
    this.backlog.enter(subscription);
    return true;
  }

  leaveBacklog(subscription: Subscription): void {
    this.eager.delete(subscription);
    this.backlog?.leave(subscription);
    if (this.backlog?.empty) this.backlog = undefined;
  }

  /** Notes for those who are late what the others just had. However many they are, it costs the same. */
  note(publication: SharedPublication): void {
    const { backlog } = this;
    if (backlog === undefined) return;
    backlog.add(publication);
    while (backlog.kept > this.#options.lateEvents) for (const one of backlog.lastOnes()) one.tooLate();
    if (this.#options.lanes.of(publication) !== "lossless") return;
    // Whoever has no room for it after all is eager no more.
    if (this.eager.size > 0) for (const subscription of [...this.eager]) subscription.hasten(publication);
  }

  /** The late ones cannot be told from the backlog what comes next: they replay it. */
  dissolveBacklog(): void {
    for (const { backlog } = this; backlog !== undefined && !backlog.empty; ) {
      for (const one of backlog.lastOnes()) one.overtaken();
    }
  }

  #compact(): void {
    this.#ring.splice(0, this.#start);
    this.#start = 0;
  }

  #clear(): void {
    this.#options.tails.leftBytes += this.#bytes;
    this.#ring.length = 0;
    this.#start = 0;
    this.#bytes = 0;
  }
}
