/**
 * One connection's delivery of one channel: replay from history, then live, without a seam.
 *
 * `sent` is the position up to which everything was sent or skipped by the filter. While it is below the channel's
 * head, `pump` moves it on: from the channel's tail where that reaches back far enough, else from history, page by
 * page, as fast as the outbox empties and others let it. At the head the subscription joins the channel's live list.
 */
import type { Gap, Snapshot, SubscriptionUpdate } from "@signalbox/protocol";
import type { Channel } from "./channel.ts";
import type { Test } from "./filter.ts";
import { type History, publicationAt, type SharedPage } from "./history.ts";
import { type Failure, type HubPorts, hasFailed } from "./hub-ports.ts";
import type { SharedPublication } from "./publication.ts";
import type { Begin } from "./resume.ts";
import type { Turns } from "./turns.ts";

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
}

/** What subscriptions of one hub share. */
export interface Replay {
  readonly ports: HubPorts;
  readonly history: History;
  readonly turns: Turns;
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
  readonly #replay: Replay;
  #skipped = 0;
  #reading = false;
  /** Waits for its turn to go on. */
  #waiting = false;
  /** What was read last; undefined while the outbox is full, so that slow viewers hold no memory. */
  #page: SharedPage | undefined;
  /** A gap is about to be said: nothing may go out before it. */
  #gapComing = false;
  /** Raised when `sent` jumps, so that answers to older reads are dropped. */
  #generation = 0;
  #dead = false;

  constructor(channel: Channel, receiver: Receiver, replay: Replay) {
    this.channel = channel;
    this.receiver = receiver;
    this.#replay = replay;
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

  /** Goes on as far as history, tail, outbox and the turns of others allow. */
  pump(): void {
    const { channel, receiver } = this;
    if (this.#gapComing || this.#reading || this.#waiting || this.#dead || receiver.gone) return;
    if (this.sent >= channel.top) {
      this.#page = undefined;
      this.#stateSkips();
      channel.enterLive(this);
      return;
    }
    this.#waiting = true;
    receiver.begin();
    this.#replay.turns.take(receiver, (room) => {
      this.#waiting = false;
      const used = this.#advance(room);
      receiver.end();
      return used;
    });
  }

  /** Sends up to about `room` units of what is missing; returns how many. */
  #advance(room: number): number {
    const { channel, receiver } = this;
    let used = 0;
    while (!this.#gapComing && !this.#reading && !this.#dead && !receiver.gone && this.sent < channel.top) {
      if (receiver.full()) {
        this.#page = undefined;
        receiver.wait(this);
        return used;
      }
      if (used >= room) break;
      const publication = this.#next();
      if (publication === undefined) {
        this.#readOn();
        return used;
      }
      used += 1 + (publication.json.length >> 10);
      this.#send(publication);
    }
    this.pump();
    return used;
  }

  #next(): SharedPublication | undefined {
    const { channel } = this;
    const next = this.sent + 1;
    const inTail = next >= channel.tailFloor ? channel.at(next) : undefined;
    return inTail ?? (this.#page && publicationAt(this.#page, next));
  }

  #jump(offset: number): void {
    this.channel.leaveLive(this);
    this.sent = offset;
    this.#skipped = 0;
    this.#generation++;
    this.#reading = false;
    this.#gapComing = false;
    this.#page = undefined;
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
    this.#reading = true;
    const generation = this.#generation;
    this.receiver.begin();
    this.#replay.history.read(this.channel, this.sent, (answer) => {
      if (generation === this.#generation && !this.#dead) this.#read(answer);
      this.receiver.end();
    });
  }

  #read(answer: SharedPage | Failure): void {
    if (hasFailed(answer)) {
      this.#reading = false;
      this.receiver.fail(this, answer);
      return;
    }
    if (answer.epoch !== this.channel.epoch) {
      const before = this.channel.epoch;
      this.channel.replace(answer.epoch, answer.top);
      for (const one of this.channel.all) one.reset(before);
      return;
    }
    this.#reading = false;
    // What the store has let go, the tail may still have.
    if (answer.floor > this.sent + 1 && this.sent + 1 < this.channel.tailFloor) this.#findTrimmed(answer);
    else {
      this.#page = answer;
      this.pump();
    }
  }

  #findTrimmed(page: SharedPage): void {
    const generation = this.#generation;
    const from = this.sent + 1;
    const to = page.floor - 1;
    this.#stateSkips();
    this.#gapComing = true;
    this.receiver.begin();
    this.#replay.ports.trimmed(this.channel.name, from, to, (answer) => {
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
