/** One connection's interest in the states of a channel or pattern: what it may see, and which it has not got yet. */
import type { ErrorName, Position, SubscribeData, SubscriptionUpdate } from "@signalbox/protocol";
import { errorData } from "../errors.ts";
import type { View } from "../hide/index.ts";
import type { Failure } from "../hub-ports.ts";
import type { Rights } from "../rights/rights.ts";
import type { Session } from "../session.ts";
import { type Change, type Feed, pieceSize, textOf } from "./feed.ts";
import { StateMessages } from "./messages.ts";
import type { ToldState } from "./told-state.ts";

/** How many of the states that it needs next are looked up at a time. */
const lookAhead = 64;

/** May its channel's state be told? */
export const mayWatch = (rights: Rights, channel: string): boolean =>
  rights.may("subscribe", channel) && rights.may("history", channel);

export class StateWatcher {
  readonly feed: Feed;
  readonly name: string;
  readonly session: Session;
  readonly correlationId: string | undefined;
  /** Unsubscribed, or the connection is gone. */
  left = false;
  /** While its channels are being listed: those that it was given so far. */
  listing: Set<string> | undefined = new Set();
  rights: Rights;
  view: View | undefined;
  readonly #patches: boolean;
  readonly #had: Readonly<Record<string, Position>>;
  readonly #takeTurn: (work: (room: number) => number) => void;
  readonly #failed: (failure: Failure) => void;
  /** Channels of whose states it has not got the newest that were told. In the order of their turns. */
  readonly #behind = new Set<string>();
  /** Nothing of it is denied: no channel needs to be looked at. */
  #coversAll = false;
  #joined = 0;
  /** Over the limit it has just these. */
  #members: Set<string> | undefined;
  /** Its request was answered; before that, the answer follows this channel's state. */
  #answered = false;
  #last: string | undefined;
  #inTurn = false;

  constructor(
    feed: Feed,
    session: Session,
    { data, correlationId }: { data: SubscribeData; correlationId: string | undefined },
    { takeTurn, failed }: { takeTurn(work: (room: number) => number): void; failed(failure: Failure): void },
  ) {
    this.feed = feed;
    this.name = feed.name;
    this.session = session;
    this.correlationId = correlationId;
    this.#patches = data.patches ?? false;
    this.#had = data.positions ?? {};
    this.#takeTurn = takeTurn;
    this.#failed = failed;
    this.rights = session.rights;
    this.view = session.view;
    this.#coversAll = this.rights.covers("subscribe", this.name) && this.rights.covers("history", this.name);
    session.begin();
  }

  /** The client waits for no answer (any more): it is told by an update how this goes on. */
  get answered(): boolean {
    return this.#answered || this.correlationId === undefined;
  }

  /** It takes no more channels. */
  get full(): boolean {
    return this.#members !== undefined;
  }

  allows(channel: string): boolean {
    return this.#coversAll || mayWatch(this.rights, channel);
  }

  // --- first states ---

  /** A channel that exists. */
  found(channel: string): void {
    if (this.full || this.listing?.has(channel) !== false || !this.allows(channel) || !this.#join(channel)) return;
    this.listing.add(channel);
    this.#behind.add(channel);
  }

  /** A channel of which nobody was told so far. */
  appeared(channel: string): void {
    if (this.listing !== undefined) this.found(channel);
    else if (!this.#behind.has(channel) && this.allows(channel) && !this.full && this.#join(channel)) {
      this.#behind.add(channel);
      this.pump();
    }
  }

  /** All channels that exist were found. */
  listed(): void {
    this.listing = undefined;
    for (const channel of this.#behind) this.#last = channel;
    if (this.#last === undefined) this.#answer();
    else this.pump();
  }

  /** There is no state of this channel, or it cannot be read. */
  without(channel: string, failure: Failure | undefined): void {
    if (!this.#behind.has(channel)) return;
    if (failure !== undefined) this.#failed(failure);
    else {
      this.#joined--;
      this.#caughtUp(channel);
    }
  }

  // --- what changes ---

  /** What all who are not behind are told now. `messagesFor`: the same for everybody who sees the same. */
  take(changes: readonly Change[], messagesFor: (view: View | undefined, patches: boolean) => StateMessages): void {
    const full = this.session.full("latest");
    if (this.#takesAll && !full && this.#joinNew(changes)) {
      this.#send(messagesFor(this.view, this.#patches));
      return;
    }
    const texts: string[] = [];
    for (const change of changes) {
      const { channel, before } = change;
      if (this.#behind.has(channel) || !this.allows(channel)) continue;
      if (this.listing !== undefined) {
        // Its turn would come; a channel that was just created may have been passed already.
        if (!this.listing.has(channel)) this.found(channel);
        else if (full) this.#behind.add(channel);
        else texts.push(textOf(change, this.view, this.#patches));
        continue;
      }
      if (before === undefined && !this.full && !this.#join(channel)) continue;
      if (this.#members?.has(channel) === false) continue;
      if (full) this.#behind.add(channel);
      else texts.push(textOf(change, this.view, this.#patches));
    }
    const some = texts.filter((text) => text !== "");
    if (some.length > 0) this.#send(new StateMessages(some));
    this.pump();
  }

  /** Sends what it is behind in, in turns, while there is room. */
  pump(): void {
    if (this.#inTurn || this.left || this.#behind.size === 0) return;
    if (this.session.full("latest")) {
      this.session.waitForRoom();
      return;
    }
    this.#inTurn = true;
    this.#takeTurn((room) => {
      this.#inTurn = false;
      return this.left ? 0 : this.#catchUp(room);
    });
  }

  /** The request was overtaken, or the connection is gone. */
  leave(): void {
    if (this.left) return;
    this.left = true;
    this.#behind.clear();
    if (!this.#answered) this.session.end();
    this.#answered = true;
  }

  update(update: Partial<SubscriptionUpdate> & { state: SubscriptionUpdate["state"] }, correlationId?: string): void {
    this.session.update({ channel: this.name, states: true, epoch: "", offset: 0, ...update }, correlationId);
  }

  refuse({ failed, message, details }: Failure): void {
    const where = this.answered ? { channel: this.name, states: true } : {};
    this.session.error(
      errorData(failed, message, { ...details, ...where }),
      this.answered ? undefined : this.correlationId,
    );
  }

  unsubscribed(reason: ErrorName): void {
    this.update({ state: "unsubscribed", reason });
  }

  // --- inside ---

  /** Whatever this feed tells is for it. */
  get #takesAll(): boolean {
    return this.#coversAll && this.#behind.size === 0 && this.listing === undefined && this.#members === undefined;
  }

  /** False: not all of them are within the limit. */
  #joinNew(changes: readonly Change[]): boolean {
    return changes.every(({ channel, before }) => before !== undefined || this.#join(channel));
  }

  /** One more channel; false beyond the limit. */
  #join(channel: string): boolean {
    if (this.#joined < this.session.limits.patternChannels) {
      this.#joined++;
      return true;
    }
    // What it was told so far is what it goes on with.
    this.#members = this.listing ?? new Set([...this.feed.known].filter((one) => one !== channel && this.allows(one)));
    if (this.#answered) this.#tellCount();
    return false;
  }

  #catchUp(room: number): number {
    let used = 0;
    let size = 0;
    let texts: string[] = [];
    const piece = (): void => {
      if (texts.length > 0) this.#send(new StateMessages(texts));
      texts = [];
      size = 0;
    };
    for (const channel of this.#behind) {
      if (used >= room || this.session.full("latest")) break;
      const told = this.feed.look(channel, this);
      if (this.left) return used;
      // Without a state it is not behind in it any more.
      if (!this.#behind.has(channel)) continue;
      if (told === undefined) {
        this.#lookAhead();
        piece();
        return used;
      }
      const text = this.#hadAlready(told) ? "" : told.whole(this.view);
      if (text !== "") texts.push(text);
      size += text.length;
      used += 1 + Math.floor(text.length / 1_024);
      if (size >= pieceSize || channel === this.#last) piece();
      this.#caughtUp(channel);
    }
    piece();
    this.pump();
    return used;
  }

  /** The states after the one that it waits for are looked up together with it. */
  #lookAhead(): void {
    let ahead = 0;
    for (const channel of [...this.#firstBehind(lookAhead)]) {
      if (this.left || ahead++ >= lookAhead) return;
      this.feed.look(channel, this);
    }
  }

  *#firstBehind(count: number): Iterable<string> {
    let left = count;
    for (const channel of this.#behind) {
      if (left-- <= 0) return;
      yield channel;
    }
  }

  #caughtUp(channel: string): void {
    this.#behind.delete(channel);
    if (channel === this.#last) this.#answer();
  }

  /** Where it asks again, the client names what it has. */
  #hadAlready({ channel, snapshot }: ToldState): boolean {
    const had = Object.hasOwn(this.#had, channel) ? this.#had[channel] : undefined;
    return had !== undefined && !this.#answered && had.epoch === snapshot.epoch && had.offset === snapshot.offset;
  }

  #answer(): void {
    if (this.#answered) return;
    this.#answered = true;
    this.#last = undefined;
    this.#tellCount(this.correlationId);
    this.session.end();
  }

  #tellCount(correlationId?: string): void {
    const truncated = this.full ? { truncated: true } : {};
    this.update({ state: "subscribed", channels: this.#joined, ...truncated }, correlationId);
  }

  #send(messages: StateMessages): void {
    this.session.states(messages);
  }
}
