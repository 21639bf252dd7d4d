/**
 * One watch's view of its channels: where it is in each, and what it has been told.
 *
 * Several watches may share one subscription, and a channel and a pattern one delivery. So each watch takes from a
 * delivery only what continues its own position; what it had is dropped, what does not continue is refused.
 */
import type { ErrorData, Filter, Gap, Position, Publication, Since, SubscriptionUpdate } from "@signalbox/protocol";
import type { WatchEffect } from "./effects.ts";
import type { WatchOptions, WatchState } from "./types.ts";

/** Where a watch is in one channel. */
interface Place extends Position {
  /** The newest offset there is, as far as it was told and not reached yet; else 0. */
  head: number;
  /**
   * The delivery, as it was last asked for, continues this position. Until it does, what is said without offsets in
   * sequence is about somebody else's delivery, with another filter or from elsewhere.
   */
  synced: boolean;
}

export class Watching {
  readonly name: string;
  readonly options: WatchOptions;
  readonly pattern: boolean;
  /** By channel. An empty epoch: before the first event of a channel that has none yet. */
  readonly places = new Map<string, Place>();
  /** Where it begins in channels without a place. */
  since: Since;
  /** Has its answer on the present link. */
  answered = false;
  /** All channels that were there at the beginning are known; later ones are taken from their first event. */
  complete: boolean;
  wantsSnapshot: boolean;
  /** Its snapshot is what the present request asks for. Undefined: that request is older than this watch, so its answer says nothing to it. */
  asked: boolean | undefined;
  truncated = false;
  error: ErrorData | undefined;
  /** As last told. */
  status: WatchState["status"] = "offline";
  readonly #tell: (effect: WatchEffect) => void;
  #batch: Publication[] | undefined;
  /** Channels whose head is ahead. */
  #behind = 0;

  constructor(name: string, options: WatchOptions, tell: (effect: WatchEffect) => void) {
    this.name = name;
    this.options = options;
    this.pattern = name.endsWith("*");
    this.#tell = tell;
    const { since = "now", positions = {}, snapshot = false } = options;
    this.since = since;
    this.wantsSnapshot = snapshot !== false;
    for (const channel in positions) this.#place(channel, positions[channel]);
    if (typeof since === "object" && "epoch" in since) {
      this.since = "earliest";
      if (!this.pattern) this.#place(name, since);
    }
    this.complete = this.places.has(name);
  }

  state(): WatchState {
    const { truncated } = this;
    const position = this.known()[this.name];
    const head = this.places.get(this.name)?.head || position?.offset;
    return { status: this.status, position, head, ...(truncated && { truncated }) };
  }

  /** Positions by channel. */
  known(): Record<string, Position> {
    const known: Record<string, Position> = {};
    for (const [channel, { epoch, offset }] of this.places) if (epoch) known[channel] = { epoch, offset };
    return known;
  }

  statusNow(linked: boolean): WatchState["status"] {
    if (this.error) return "refused";
    if (!linked) return "offline";
    if (!this.answered) return "subscribing";
    return this.#behind > 0 ? "catching_up" : "live";
  }

  /** Is every delivery where this watch is? */
  get synced(): boolean {
    for (const { synced } of this.places.values()) if (!synced) return false;
    return true;
  }

  /** Effects so far were taken: the next event begins a new batch. */
  cut(): void {
    this.#batch = undefined;
  }

  /** A publication of one of its channels. False: something between is missing, and nobody said so. */
  take(publication: Publication): boolean {
    const { channel, epoch, offset } = publication;
    const at = this.places.get(channel);
    if (!at) return true;
    if (offset === undefined) this.#surface(publication);
    else if (at.epoch && at.epoch !== epoch) return !at.synced;
    else if (offset > at.offset) {
      if (offset > at.offset + 1) return !at.synced;
      at.epoch = epoch;
      this.#reach(at, offset);
      this.#surface(publication);
    }
    return true;
  }

  /** Up to here all was sent or skipped by the filter. False: of another history. */
  skip({ channel, epoch, offset }: SubscriptionUpdate): boolean {
    const at = this.places.get(channel);
    if (!at?.synced) return true;
    if (at.epoch && at.epoch !== epoch) return false;
    at.epoch = epoch;
    this.#reach(at, Math.max(at.offset, offset));
    return true;
  }

  /** What is not coming on a running delivery. False: as with `begin`. */
  gap(update: SubscriptionUpdate): boolean {
    return !this.places.get(update.channel)?.synced || this.begin(update, false);
  }

  /**
   * A delivery begins after `offset`, or goes on there after a gap. `starts`: so does this watch, if the channel is new
   * to it; else it wants the channel from its first event. False: the delivery begins later than this watch needs.
   */
  begin(update: SubscriptionUpdate, starts: boolean): boolean {
    const { channel, epoch, offset, gap, head = 0 } = update;
    const { snapshot: folds } = this.options;
    // Another one may have come for somebody else.
    const snapshot = folds === true || folds === update.snapshot?.reducer ? update.snapshot : undefined;
    const at = this.places.get(channel);
    let start = 0;
    let fold = this.wantsSnapshot;
    if (!at) {
      if (starts) start = snapshot ? Math.min(offset, snapshot.offset) : offset;
      if (gap) this.#gap(channel, gap);
      fold = !!folds;
    } else if (at.epoch !== epoch) {
      if (at.epoch) this.#gap(channel, { reason: "epoch_changed", epoch: at.epoch, from: at.offset + 1 });
      if (gap?.reason === "epoch_changed") start = offset;
      fold = true;
    } else if (gap?.epoch === epoch && gap.from <= at.offset + 1 && (gap.to ?? offset) > at.offset) {
      this.#gap(channel, { ...gap, from: at.offset + 1 });
      start = gap.to ?? offset;
      fold = true;
    } else start = at.offset;

    const place = at ?? this.#place(channel, undefined);
    place.epoch = epoch;
    place.synced = offset <= start;
    this.#head(place, head);
    this.#reach(place, start);
    if (fold && snapshot) this.#event({ do: "snapshot", watch: this, channel, snapshot });
    else if (fold && start && folds) {
      // Without a state to begin with: ask for one, or say that the gateway has none.
      if (!this.wantsSnapshot) {
        this.wantsSnapshot = true;
        return false;
      }
      if (this.asked) this.#event({ do: "bare", watch: this, channel });
    }
    return place.synced;
  }

  /** Refused for good. */
  refuse(error: ErrorData): void {
    this.error = error;
    this.status = "refused";
    this.#event({ do: "error", watch: this, error });
    this.#event({ do: "state", watch: this });
  }

  /** The history ends before this watch's position: says so, and forgets it. */
  forget(head: Position, channel: string | undefined): void {
    for (const [name, place] of this.places) {
      const { epoch, offset } = place;
      if ((channel ?? name) !== name || epoch !== head.epoch || offset <= head.offset) continue;
      this.#head(place, 0);
      this.places.delete(name);
      this.#gap(name, { reason: "position_beyond_head", epoch, from: head.offset + 1, to: offset });
      this.since = "earliest";
      if (!this.pattern) this.complete = false;
    }
  }

  /** Begins where another watch of the same channels is. `same`: what that one gets is what this one wants. */
  join(other: Watching, same: boolean): void {
    for (const [channel, { epoch, offset, head }] of other.places) {
      this.#place(channel, { epoch, offset: head || offset }).synced = same;
    }
    this.complete = true;
    // What comes now is filtered for the others: it is live once it was asked for with its own filter.
    this.answered = same && !this.wantsSnapshot;
    this.truncated = other.truncated;
  }

  /** It is being asked for (again): what comes until the answer may be part of something else. */
  unsync(): void {
    for (const place of this.places.values()) place.synced = false;
  }

  /** The link is gone, and with it what was on its way. */
  unlink(): void {
    this.answered = false;
    for (const place of this.places.values()) this.#head(place, 0);
  }

  #reach(place: Place, offset: number): void {
    place.offset = offset;
    if (place.head && offset >= place.head) this.#head(place, 0);
  }

  #head(place: Place, head: number): void {
    this.#behind += Number(head > 0) - Number(place.head > 0);
    place.head = head;
  }

  #place(channel: string, position: Position | undefined): Place {
    const place = { epoch: "", offset: 0, ...position, head: 0, synced: false };
    this.places.set(channel, place);
    return place;
  }

  #gap(channel: string, gap: Gap): void {
    this.#event({ do: "gap", watch: this, channel, gap });
  }

  #event(effect: WatchEffect): void {
    this.#batch = undefined;
    this.#tell(effect);
  }

  #surface(publication: Publication): void {
    if (!wants(this.options.filter, publication)) return;
    if (this.#batch) this.#batch.push(publication);
    else {
      this.#batch = [publication];
      this.#tell({ do: "events", watch: this, events: this.#batch });
    }
  }
}

/** A shared delivery may bring what only others want. The gateway knows which fields are tags; here all are. */
function wants({ types, tags = {} }: Filter = {}, { type, data, metadata }: Publication): boolean {
  if (types && !types.includes(type)) return false;
  for (const name in tags) {
    const value = String(fieldOf(metadata?.tags, name) ?? fieldOf(data, name));
    if (![tags[name]].flat().includes(value)) return false;
  }
  return true;
}

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
