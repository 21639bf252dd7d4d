/**
 * One connection's delivery of one channel: replay from history, then live, without a seam.
 *
 * `sent` is the position up to which everything was sent or skipped by the filter. While it is below the channel's
 * head, `pump` moves it on: from the channel's tail where that reaches back far enough, else from history, page by
 * page, as fast as the outbox empties and others let it. At the head the subscription joins the channel's live list.
 *
 * One that leaves the head, because its outbox is full (it is late) or because its period is not over (it holds back),
 * stands in the channel's backlog. A late one goes on from there: where all that it missed is no more than its link takes
 * in about a second it is sent that; else it is told of what it may miss, and sent the rest. One that held back is sent all but
 * superseded gauges.
 */
import type { Gap, Snapshot, SubscriptionUpdate } from "@signalbox/protocol";
import type { Mark, Missed, Passed, Standing } from "./backlog.ts";
import type { Channel } from "./channel.ts";
import type { Gate } from "./gate.ts";
import { type History, publicationAt, type SharedPage } from "./history.ts";
import { type Failure, type HubPorts, hasFailed } from "./hub-ports.ts";
import type { Delivery, Droppable, Lanes } from "./lanes.ts";
import { fastestGate, type Owner, reducerWanted } from "./owner.ts";
import type { SharedPublication } from "./publication.ts";
import type { Begin } from "./resume.ts";
import type { Rights } from "./rights/rights.ts";
import type { Turns } from "./turns.ts";
import type { Sleeper } from "./wakes.ts";

/** Skipped offsets are stated at the latest after this many. */
const skipsStated = 1_000;

/** What a subscription needs of its connection. */
export interface Receiver {
  readonly gone: boolean;
  readonly rights: Pick<Rights, "may">;
  /** What may be on its way to it: about what it takes in a second, where that is known. */
  readonly windowBytes: number;
  /** The outbox has no room for this class: wait for `drained`. */
  full(delivery: Delivery, channel: string): boolean;
  wait(subscription: Subscription): void;
  /** The publication as this connection may see it. */
  seen(publication: SharedPublication): SharedPublication;
  publication(publication: SharedPublication): void;
  update(update: SubscriptionUpdate, correlationId?: string): void;
  snapshot(channel: string, reducer: string | undefined, done: (snapshot: Snapshot | undefined) => void): void;
  begin(): void;
  end(): void;
  /** It was told that so many events are not coming. */
  dropped(delivery: Droppable, count: number): void;
  /** It reads so slowly that it is better off to come back and resume. */
  tooSlow(): void;
  fail(subscription: Subscription, failure: Failure): void;
}

/** What subscriptions of one hub share. */
export interface Replay {
  readonly ports: HubPorts;
  readonly history: History;
  readonly turns: Turns;
  readonly lanes: Lanes;
}

export class Subscription implements Standing, Sleeper {
  readonly channel: Channel;
  readonly receiver: Receiver;
  /** How it was asked for by its own name, if it was. */
  named: Begin | undefined;
  /** Who asked for it: the channel's own name, or patterns. */
  readonly owners = new Map<string, Owner>();
  sent = Number.POSITIVE_INFINITY;
  /** Place in the channel's live list; -1 while behind. */
  liveIndex = -1;
  /** Where it stands in the channel's backlog. */
  mark: Mark | undefined;
  place = 0;
  /** At its mark because its outbox was full: it may be told of a gap `slow`. */
  #late = false;
  /** Late, but by so little that it is sent all. */
  #patient = false;
  /** What it was sent so since its mark. */
  #passed: Passed | undefined;
  /** Some owner wants everything, however late. */
  #complete = false;
  /** Of what it waits for since its outbox was full. */
  #lane: Delivery = "lossless";
  /** What its publications have to pass at the head. */
  #gate: Gate | undefined;
  /** What it held back goes out. */
  #flushing = false;
  /** Which wakes it. */
  #sleepsAt: Gate | undefined;
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

  /** Behind its channel's head, as far as it has begun. */
  get behind(): boolean {
    return this.sent < this.channel.top;
  }

  /** The class that it waits for room for: who waits for a more important one goes on first. */
  get lane(): Delivery {
    const { backlog } = this.channel;
    return this.#late && this.mark !== undefined && backlog !== undefined
      ? backlog.laneAfter(this.mark.offset)
      : this.#lane;
  }

  own(name: string, owner: Owner): void {
    this.owners.set(name, owner);
    this.#ownersChanged();
    if (this.#complete) this.#leaveBacklog();
  }

  /** False: it was none of its owners. */
  disown(name: string): boolean {
    const was = this.owners.delete(name);
    this.#ownersChanged();
    return was;
  }

  /** Delivers from `offset + 1` on, unless that was on its way already. */
  startAt(offset: number): void {
    if (offset < this.sent || this.sent === Number.POSITIVE_INFINITY) this.#jump(offset);
    else if (this.mark === undefined || offset >= this.channel.top) return;
    // Somebody wants all that there was: late or not, it is a replay now.
    else this.#leaveBacklog();
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
    this.#leaveBacklog();
    this.#sleepNoMore();
    this.channel.all.delete(this);
  }

  /** A live publication: the hot path. */
  deliver(publication: SharedPublication): void {
    if (publication.offset !== this.sent + 1) return;
    const gate = this.#gate;
    if (gate !== undefined && this.#wants(this.receiver.seen(publication)) && !gate.pass()) {
      this.channel.leaveLive(this);
      if (this.channel.enterBacklog(this)) this.#sleep(gate);
      else this.pump();
      return;
    }
    const delivery = this.#replay.lanes.of(publication);
    if (this.receiver.full(delivery, this.channel.name)) {
      this.channel.leaveLive(this);
      this.#late = !this.#complete && this.channel.enterBacklog(this);
      this.#pause(delivery);
      return;
    }
    this.#send(publication);
  }

  /** An event without a position, for those who are present. */
  pass(publication: SharedPublication): void {
    if (this.receiver.full("latest", this.channel.name)) return;
    const seen = this.receiver.seen(publication);
    if (this.#wants(seen)) this.receiver.publication(seen);
  }

  /** Goes on as far as history, tail, outbox and the turns of others allow. */
  pump(): void {
    const { channel, receiver } = this;
    if (this.#gapComing || this.#reading || this.#waiting || this.#dead || receiver.gone) return;
    if (this.mark === undefined && this.sent >= channel.top) {
      this.#page = undefined;
      this.#flushing = false;
      this.#stateSkips();
      channel.enterLive(this);
      return;
    }
    if (this.mark !== undefined && !this.#mayFlush()) return;
    this.#waiting = true;
    channel.eager.delete(this);
    receiver.begin();
    this.#replay.turns.take(receiver, (room) => {
      this.#waiting = false;
      const used = this.#advance(room);
      receiver.end();
      return used;
    });
  }

  /** Late, but not for something lossless: this publication is that. */
  hasten({ type }: SharedPublication): void {
    if (this.#couldWant(type)) this.pump();
  }

  /** Its period is over. */
  wake(): void {
    this.#sleepsAt = undefined;
    this.#flushing = true;
    this.pump();
  }

  tooLate(): void {
    const late = this.#late;
    this.#leaveBacklog();
    // Who only held back gets it all, when it is time.
    if (late) this.receiver.tooSlow();
  }

  overtaken(): void {
    this.#leaveBacklog();
  }

  /** Sends up to about `room` units of what is missing; returns how many. */
  #advance(room: number): number {
    const { mark } = this;
    if (this.#late && mark?.offset === this.sent) {
      const missedBytes = this.channel.backlog?.bytesAfter(mark) ?? 0;
      this.#patient = missedBytes <= this.receiver.windowBytes;
    }
    let used = 0;
    while (this.#goesOn() && used < room) {
      const units = this.#late && !this.#patient ? this.#catchUp() : this.#goOn();
      if (units === 0) return used;
      used += units;
    }
    this.pump();
    return used;
  }

  #goesOn(): boolean {
    if (this.#gapComing || this.#reading || this.#dead || this.receiver.gone) return false;
    return this.mark !== undefined || this.sent < this.channel.top;
  }

  /** Sends the next publication; 0 if it has to wait for it, or for room. */
  #goOn(): number {
    const { channel, receiver } = this;
    const { lanes } = this.#replay;
    if (this.mark !== undefined && this.sent >= channel.top) {
      this.#leaveBacklog();
      return 1;
    }
    const next = this.#at(this.sent + 1);
    const lane = next === undefined ? "lossless" : lanes.of(next);
    if (receiver.full(lane, channel.name)) {
      this.#pause(lane);
      return 0;
    }
    if (next === undefined) {
      this.#readOn();
      return 0;
    }
    const holdsBack = this.mark !== undefined && !this.#late && !this.#complete;
    if (holdsBack && lane === "latest" && channel.backlog?.isSuperseded(next)) this.#skip(next.offset);
    else this.#send(next);
    if (this.#late) this.#pass(next, lane);
    return units(next);
  }

  /** It is so much further than its mark. */
  #pass({ type, json }: SharedPublication, lane: Delivery): void {
    this.#passed ??= { counts: new Map(), bytes: 0 };
    this.#passed.bytes += json.length;
    const { counts } = this.#passed;
    if (lane !== "lossless") counts.set(type, (counts.get(type) ?? 0) + 1);
  }

  /** A late one's next step: says what it missed, or sends what it must not miss; 0 if it has to wait. */
  #catchUp(): number {
    const { channel, receiver, mark } = this;
    const { backlog } = channel;
    if (mark === undefined || backlog === undefined) return 0;
    const lane = backlog.laneAfter(mark.offset);
    if (receiver.full(lane, channel.name)) {
      this.#pause(lane);
      return 0;
    }
    const next = this.#nextKept(mark);
    if (next?.offset !== this.sent + 1) {
      if (this.#wantsSnapshot() && this.#missed(mark, next) !== undefined) this.#findSnapshot();
      else this.#miss(undefined);
      return 1;
    }
    const publication = next.publication ?? this.#at(next.offset);
    if (publication === undefined) {
      this.#readOn();
      return 0;
    }
    backlog.move(this, next);
    this.#send(publication);
    return units(publication);
  }

  /** Says what it missed before the next event that it must not miss, or before the head, which it has reached then. */
  #miss(snapshot: Snapshot | undefined): void {
    const { channel, receiver, mark } = this;
    const { backlog } = channel;
    if (mark === undefined || backlog === undefined) return;
    const next = this.#nextKept(mark);
    const missed = this.#missed(mark, next);
    const from = this.sent + 1;
    const to = next === undefined ? backlog.top : next.offset - 1;
    backlog.moveBefore(this, next);
    if (next === undefined) this.#leaveBacklog();
    if (missed === undefined) {
      this.#skip(to);
      return;
    }
    const counts: Record<string, number> = {};
    for (const { type, delivery, count } of missed) {
      counts[type] = count;
      receiver.dropped(delivery, count);
    }
    this.#stateSkips();
    this.sent = to;
    const { name, epoch } = channel;
    const gap: Gap = { reason: "slow", epoch, from, to, counts };
    const update: SubscriptionUpdate = { channel: name, state: "gap", epoch, offset: to, gap };
    receiver.update(snapshot === undefined ? update : { ...update, snapshot });
  }

  /** What it could have wanted of what comes before `next`, by type; `undefined`: nothing. */
  #missed(from: Mark, next: Mark | undefined): Missed[] | undefined {
    const all = [...(this.channel.backlog?.missed(from, next) ?? [])];
    const wanted = all.filter(({ type }) => this.#couldWant(type));
    return wanted.length === 0 ? undefined : wanted;
  }

  /** The state is of the moment when the gap is said: whatever was missed by then is in it. */
  #findSnapshot(): void {
    const generation = this.#generation;
    this.#gapComing = true;
    this.receiver.begin();
    this.receiver.snapshot(this.channel.name, reducerWanted(this.owners.values()), (snapshot) => {
      if (generation === this.#generation && !this.#dead && !this.receiver.gone) {
        this.#gapComing = false;
        this.#miss(snapshot);
        this.pump();
      }
      this.receiver.end();
    });
  }

  /** The next event that this one must not miss. */
  #nextKept(mark: Mark): Mark | undefined {
    let next = mark.after;
    while (next !== undefined && !(next.kept && next.type !== undefined && this.#couldWant(next.type))) {
      next = next.after;
    }
    return next;
  }

  /** Waits until the outbox has room for this class. */
  #pause(lane: Delivery): void {
    const { channel, receiver, mark } = this;
    this.#page = undefined;
    this.#flushing = false;
    this.#lane = lane;
    if (mark !== undefined && !this.#late) {
      // What it did not hold back it must not miss.
      if (this.sent === mark.offset && !this.#complete) this.#late = true;
      else this.#leaveBacklog();
    }
    if (this.#passed !== undefined) {
      channel.backlog?.advance(this, this.sent, this.#passed);
      this.#passed = undefined;
    }
    if (this.#late && !receiver.full("lossless", channel.name)) channel.eager.add(this);
    else channel.eager.delete(this);
    receiver.wait(this);
  }

  /** Whether what it did not get at the head may go out now; else it is woken when it may. */
  #mayFlush(): boolean {
    const gate = this.#gate;
    if (gate === undefined || this.#flushing) return true;
    this.#flushing = gate.pass();
    if (!this.#flushing) this.#sleep(gate);
    return this.#flushing;
  }

  #sleep(gate: Gate): void {
    this.channel.eager.delete(this);
    this.#sleepsAt ??= gate;
    this.#sleepsAt.wait(this);
  }

  #sleepNoMore(): void {
    this.#sleepsAt?.leave(this);
    this.#sleepsAt = undefined;
  }

  #ownersChanged(): void {
    this.#gate = fastestGate(this.owners.values());
    this.#complete = [...this.owners.values()].some(({ complete }) => complete);
  }

  #leaveBacklog(): void {
    this.#late = false;
    this.#passed = undefined;
    this.channel.leaveBacklog(this);
  }

  #at(offset: number): SharedPublication | undefined {
    const { channel } = this;
    const inTail = offset >= channel.tailFloor ? channel.at(offset) : undefined;
    return inTail ?? (this.#page && publicationAt(this.#page, offset));
  }

  #jump(offset: number): void {
    this.channel.leaveLive(this);
    this.#leaveBacklog();
    this.#sleepNoMore();
    this.#flushing = false;
    this.sent = offset;
    this.#skipped = 0;
    this.#generation++;
    this.#reading = false;
    this.#gapComing = false;
    this.#page = undefined;
  }

  #send(publication: SharedPublication): void {
    // Filters too look at what may be seen: a filter on what is hidden would tell it.
    const seen = this.receiver.seen(publication);
    if (!this.#wants(seen)) {
      this.#skip(publication.offset);
      return;
    }
    this.sent = publication.offset;
    if (this.#skipped > 0) this.#stateSkips(publication.offset - 1);
    this.receiver.publication(seen);
  }

  #wants(publication: SharedPublication): boolean {
    for (const { test } of this.owners.values()) if (test === undefined || test(publication)) return true;
    return false;
  }

  /** Whether an event of this type could pass. */
  #couldWant(type: string): boolean {
    for (const { types } of this.owners.values()) if (types === undefined || types.has(type)) return true;
    return false;
  }

  #wantsSnapshot(): boolean {
    for (const { snapshot } of this.owners.values()) if (snapshot !== false) return true;
    return false;
  }

  /** Nothing up to `offset` is for it. */
  #skip(offset: number): void {
    this.#skipped += offset - this.sent;
    this.sent = offset;
    if (this.#skipped >= skipsStated) this.#stateSkips();
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
    if (answer.floor > this.sent + 1 && this.sent + 1 < this.channel.tailFloor) {
      // What a late one could have been sent of it is gone too.
      this.#leaveBacklog();
      this.#findTrimmed(answer);
    } else {
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
    this.receiver.snapshot(name, reducerWanted(this.owners.values()), (snapshot) => {
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

/** What a publication takes of a turn. */
const units = ({ json }: SharedPublication): number => 1 + (json.length >> 10);
