/**
 * One connection's delivery of one channel: replay from history, then live, without a seam.
 *
 * `sent` is the position up to which everything was sent or skipped by the filter. While it is below the channel's
 * head, `pump` moves it on: from the channel's tail where that reaches back far enough, else from the store, page by
 * page, as fast as the outbox empties. At the head the subscription joins the channel's live list.
 */
import type { Gap, Snapshot, SubscriptionUpdate } from "@signalbox/protocol";
import type { Channel } from "./channel.ts";
import type { Test } from "./filter.ts";
import { type Failure, type HubPorts, hasFailed } from "./hub-ports.ts";
import type { Page } from "./ports.ts";
import { SharedPublication } from "./publication.ts";
import type { Begin } from "./resume.ts";

/** Skipped offsets are stated at the latest after this many. */
const skipsStated = 1_000;

/** What a subscription needs of its connection. */
export interface Receiver {
  readonly gone: boolean;
  /** The outbox is full: wait for `drained`. */
  full(): boolean;
  wait(subscription: Subscription): void;
  /** The publication as this connection may see it. */
  seen(publication: SharedPublication): SharedPublication;
  publication(publication: SharedPublication): void;
  update(update: SubscriptionUpdate, correlationId?: string): void;
  snapshot(channel: string, done: (snapshot: Snapshot | undefined) => void): void;
  begin(): void;
  end(): void;
  fail(subscription: Subscription, failure: Failure): void;
  readonly replayEvents: number;
  readonly replayBytes: number;
}

export class Subscription {
  readonly channel: Channel;
  readonly receiver: Receiver;
  /** How it was asked for by its own name, if it was. */
  named: Begin | undefined;
  /** Who asked for it: the channel's own name, or patterns; each with its filter. */
  readonly owners = new Map<string, Test | undefined>();
  sent = Number.POSITIVE_INFINITY;
  /** Place in the channel's live list; -1 while behind. */
  liveIndex = -1;
  readonly #ports: HubPorts;
  #skipped = 0;
  #reading = false;
  /** A gap is about to be said: nothing may go out before it. */
  #gapComing = false;
  /** Raised when `sent` jumps, so that answers to older reads are dropped. */
  #generation = 0;
  #dead = false;

  constructor(channel: Channel, receiver: Receiver, ports: HubPorts) {
    this.channel = channel;
    this.receiver = receiver;
    this.#ports = ports;
  }

  get dead(): boolean {
    return this.#dead;
  }

  /** Delivers from `offset + 1` on, unless that was on its way already. */
  startAt(offset: number): void {
    if (offset >= this.sent && this.sent !== Number.POSITIVE_INFINITY) return;
    this.#jump(offset);
    this.pump();
  }

  /** The channel's history was replaced: what came before is not coming. */
  reset(oldEpoch: string): void {
    if (this.sent === Number.POSITIVE_INFINITY) return;
    const gap: Gap = { reason: "epoch_changed", epoch: oldEpoch, from: this.sent + 1 };
    this.#stateSkips(this.sent, oldEpoch);
    this.#jump(0);
    this.#sayGap(gap, 0);
  }

  end(): void {
    this.#dead = true;
    this.channel.leaveLive(this);
    this.channel.all.delete(this);
  }

  /** A live publication: the hot path. */
  deliver(publication: SharedPublication): void {
    if (publication.offset !== this.sent + 1) return;
    if (this.receiver.full()) {
      this.channel.leaveLive(this);
      this.receiver.wait(this);
      return;
    }
    this.#send(publication);
  }

  /** An event without a position, for those who are present. */
  pass(publication: SharedPublication): void {
    if (this.receiver.full()) return;
    const seen = this.receiver.seen(publication);
    if (this.#wants(seen)) this.receiver.publication(seen);
  }

  /** Goes on as far as history, tail and outbox allow. */
  pump(): void {
    const { channel, receiver } = this;
    if (this.#gapComing) return;
    while (!this.#dead && !receiver.gone && this.sent < channel.top) {
      if (receiver.full()) {
        receiver.wait(this);
        return;
      }
      const next = this.sent + 1;
      const publication = next >= channel.tailFloor ? channel.at(next) : undefined;
      if (publication === undefined) {
        this.#readOn();
        return;
      }
      this.#send(publication);
    }
    if (this.#dead || receiver.gone || this.#reading) return;
    this.#stateSkips();
    channel.enterLive(this);
  }

  #jump(offset: number): void {
    this.channel.leaveLive(this);
    this.sent = offset;
    this.#skipped = 0;
    this.#generation++;
    this.#reading = false;
    this.#gapComing = false;
  }

  #send(publication: SharedPublication): void {
    this.sent = publication.offset;
    // Filters too look at what may be seen: a filter on what is hidden would tell it.
    const seen = this.receiver.seen(publication);
    if (!this.#wants(seen)) {
      this.#skipped++;
      if (this.#skipped >= skipsStated) this.#stateSkips();
      return;
    }
    if (this.#skipped > 0) this.#stateSkips(publication.offset - 1);
    this.receiver.publication(seen);
  }

  #wants(publication: SharedPublication): boolean {
    for (const test of this.owners.values()) if (test === undefined || test(publication)) return true;
    return false;
  }

  #stateSkips(offset = this.sent, epoch = this.channel.epoch): void {
    if (this.#skipped === 0) return;
    this.#skipped = 0;
    this.receiver.update({ channel: this.channel.name, state: "position", epoch, offset });
  }

  #readOn(): void {
    if (this.#reading) return;
    this.#reading = true;
    const generation = this.#generation;
    this.receiver.begin();
    const { replayEvents, replayBytes } = this.receiver;
    this.#ports.read(this.channel.name, this.sent, replayEvents, replayBytes, (answer) => {
      if (generation === this.#generation && !this.#dead) this.#read(answer);
      this.receiver.end();
    });
  }

  #read(answer: Page | Failure): void {
    if (hasFailed(answer)) {
      this.#reading = false;
      this.receiver.fail(this, answer);
      return;
    }
    if (answer.epoch !== this.channel.epoch) {
      const before = this.channel.epoch;
      this.channel.epoch = answer.epoch;
      this.reset(before);
      return;
    }
    this.#reading = false;
    // What the store has let go, the tail may still have.
    if (answer.floor > this.sent + 1 && this.sent + 1 < this.channel.tailFloor) this.#findTrimmed(answer);
    else {
      this.#take(answer);
      this.pump();
    }
  }

  /** Sends a page that follows `sent`. */
  #take(page: Page): void {
    for (const kept of page.events) {
      if (kept.offset !== this.sent + 1) continue;
      if (this.receiver.gone) return;
      this.#send(this.channel.at(kept.offset) ?? new SharedPublication(this.channel.name, page.epoch, kept));
    }
  }

  #findTrimmed(page: Page): void {
    const generation = this.#generation;
    const from = this.sent + 1;
    const to = page.floor - 1;
    this.#stateSkips();
    this.#gapComing = true;
    this.receiver.begin();
    this.#ports.trimmed(this.channel.name, from, to, (answer) => {
      if (generation === this.#generation && !this.#dead) {
        const counted = hasFailed(answer) ? {} : answer;
        this.#sayGap({ reason: "trimmed", epoch: page.epoch, from, to, ...counted }, to);
      }
      this.receiver.end();
    });
  }

  /** Says what is not coming, with the state that covers it, and goes on after `offset`. */
  #sayGap(gap: Gap, offset: number): void {
    const generation = this.#generation;
    const { name } = this.channel;
    this.#gapComing = true;
    this.receiver.begin();
    this.receiver.snapshot(name, (snapshot) => {
      if (generation === this.#generation && !this.#dead && !this.receiver.gone) {
        this.#gapComing = false;
        this.sent = offset;
        const update: SubscriptionUpdate = { channel: name, state: "gap", epoch: this.channel.epoch, offset, gap };
        this.receiver.update(snapshot === undefined ? update : { ...update, snapshot });
        this.pump();
      }
      this.receiver.end();
    });
  }
}
