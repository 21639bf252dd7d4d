/**
 * One watch's view of its channels: where it is in each, and what it has been told.
 *
 * Several watches may share one subscription, and a channel and a pattern one delivery. So each watch takes from a
 * delivery only what continues its own position; what it had is dropped, what does not continue is refused.
 */
import type { ErrorData, Gap, Position, Publication, Since, SubscriptionUpdate } from "@signalbox/protocol";
import type { WatchEffect } from "./effects.ts";
import type { WatchOptions, WatchState } from "./types.ts";

export class Watching {
  readonly name: string;
  readonly options: WatchOptions;
  readonly pattern: boolean;
  /** Where it is, by channel. An empty epoch: before the first event of a channel that has none yet. */
  readonly positions = new Map<string, Position>();
  /**
   * Channels whose delivery, as it was last asked for, continues this watch's position. What is said of others is about
   * somebody else's delivery, with another filter or from elsewhere; this watch's own answer is yet to come.
   */
  readonly #synced = new Set<string>();
  /** Where it begins in channels without a position. */
  since: Since;
  /** Has its answer on the present link. */
  answered = false;
  /** All channels that were there at the beginning are known; later ones are taken from their first event. */
  complete: boolean;
  wantsSnapshot: boolean;
  truncated = false;
  error: ErrorData | undefined;
  /** As last told. */
  status: WatchState["status"] = "offline";
  /** Heads that were told and are not reached yet, by channel. */
  readonly #heads = new Map<string, number>();
  readonly #tell: (effect: WatchEffect) => void;
  #batch: Publication[] | undefined;

  constructor(name: string, options: WatchOptions, tell: (effect: WatchEffect) => void) {
    this.name = name;
    this.options = options;
    this.pattern = name.endsWith("*");
    this.#tell = tell;
    const { since = "now", positions = {}, snapshot = false } = options;
    this.since = since;
    this.wantsSnapshot = snapshot;
    for (const channel in positions) this.#place(channel, positions[channel]);
    if (typeof since === "object" && "epoch" in since) {
      this.since = "earliest";
      if (!this.pattern) this.#place(name, since);
    }
    this.complete = this.positions.has(name);
  }

  state(): WatchState {
    const position = this.positions.get(this.name);
    return {
      status: this.status,
      position: position?.epoch ? { ...position } : undefined,
      head: this.#heads.get(this.name) ?? position?.offset,
      ...(this.truncated ? { truncated: true } : {}),
    };
  }

  /** Positions by channel. */
  known(): Record<string, Position> {
    const known: Record<string, Position> = {};
    for (const [channel, position] of this.positions) if (position.epoch) known[channel] = { ...position };
    return known;
  }

  statusNow(linked: boolean): WatchState["status"] {
    if (this.error) return "refused";
    if (!linked) return "offline";
    if (!this.answered) return "subscribing";
    return this.#heads.size ? "catching_up" : "live";
  }

  /** Is every delivery where this watch is? */
  get synced(): boolean {
    return this.#synced.size >= this.positions.size;
  }

  /** Effects so far were taken: the next event begins a new batch. */
  cut(): void {
    this.#batch = undefined;
  }

  /** A publication of one of its channels. False: something between is missing, and nobody said so. */
  take(publication: Publication): boolean {
    const { channel, epoch, offset } = publication;
    const at = this.positions.get(channel);
    if (!at) return true;
    if (offset === undefined) this.#surface(publication);
    else if (at.epoch && at.epoch !== epoch) return !this.#synced.has(channel);
    else if (offset > at.offset) {
      if (offset > at.offset + 1) return !this.#synced.has(channel);
      at.epoch = epoch;
      this.#reach(channel, at, offset);
      this.#surface(publication);
    }
    return true;
  }

  /** Up to here all was sent or skipped by the filter. False: of another history. */
  skip({ channel, epoch, offset }: SubscriptionUpdate): boolean {
    const at = this.positions.get(channel);
    if (!at || !this.#synced.has(channel)) return true;
    if (at.epoch && at.epoch !== epoch) return false;
    at.epoch = epoch;
    this.#reach(channel, at, Math.max(at.offset, offset));
    return true;
  }

  /**
   * A delivery begins after `offset`, or goes on there after a gap. `starts`: so does this watch, if the channel is new
   * to it; else it wants the channel from its first event. False: the delivery begins later than this watch needs.
   */
  begin(update: SubscriptionUpdate, starts: boolean): boolean {
    const { channel, epoch, offset, gap, head, snapshot } = update;
    const at = this.positions.get(channel);
    let start = 0;
    let fold = this.wantsSnapshot;
    if (!at) {
      if (starts) start = snapshot && this.options.snapshot ? Math.min(offset, snapshot.offset) : offset;
      if (gap) this.#gap(channel, gap);
      fold ||= this.options.snapshot === true;
    } else if (at.epoch !== epoch) {
      if (at.epoch) this.#gap(channel, { reason: "epoch_changed", epoch: at.epoch, from: at.offset + 1 });
      if (gap?.reason === "epoch_changed") start = offset;
      fold = true;
    } else if (gap?.epoch === epoch && gap.from <= at.offset + 1 && (gap.to ?? offset) > at.offset) {
      this.#gap(channel, { ...gap, from: at.offset + 1 });
      start = gap.to ?? offset;
      fold = true;
    } else start = at.offset;

    const place = this.#place(channel, { epoch, offset: start });
    this.#heads.set(channel, head ?? 0);
    this.#reach(channel, place, start);
    if (offset > start) this.#synced.delete(channel);
    else this.#synced.add(channel);
    if (fold && snapshot) this.#event({ do: "snapshot", watch: this, channel, snapshot });
    else if (fold && start && this.options.snapshot) {
      // Without a state to begin with: ask for one, or say that the gateway has none.
      if (!this.wantsSnapshot) {
        this.wantsSnapshot = true;
        return false;
      }
      this.#event({ do: "bare", watch: this, channel });
    }
    return offset <= start;
  }

  /** What is not coming on a running delivery. False: as above. */
  gap(update: SubscriptionUpdate): boolean {
    return !this.#synced.has(update.channel) || this.begin(update, false);
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
    for (const [name, { epoch, offset }] of this.positions) {
      if ((channel ?? name) !== name || epoch !== head.epoch || offset <= head.offset) continue;
      this.positions.delete(name);
      this.#gap(name, { reason: "position_beyond_head", epoch, from: head.offset + 1, to: offset });
      this.since = "earliest";
      this.wantsSnapshot = this.options.snapshot === true;
      if (!this.pattern) this.complete = false;
    }
  }

  /** Begins where another watch of the same channels is. `same`: what that one gets is what this one wants. */
  join(other: Watching, same: boolean): void {
    for (const [channel, { epoch, offset }] of other.positions) {
      this.#place(channel, { epoch, offset: other.#heads.get(channel) ?? offset });
      if (same) this.#synced.add(channel);
    }
    this.complete = true;
    this.answered = !this.wantsSnapshot;
    this.truncated = other.truncated;
  }

  /** It is being asked for (again): what comes until the answer may be part of something else. */
  unsync(): void {
    this.#synced.clear();
  }

  /** The link is gone, and with it what was on its way. */
  unlink(): void {
    this.answered = false;
    this.#heads.clear();
  }

  #place(channel: string, position: Position | undefined): Position {
    const own = { epoch: "", offset: 0, ...position };
    this.positions.set(channel, own);
    return own;
  }

  #reach(channel: string, at: Position, offset: number): void {
    at.offset = offset;
    if (this.#heads.size && offset >= (this.#heads.get(channel) ?? 0)) this.#heads.delete(channel);
  }

  #gap(channel: string, gap: Gap): void {
    this.#event({ do: "gap", watch: this, channel, gap });
  }

  #event(effect: WatchEffect): void {
    this.#batch = undefined;
    this.#tell(effect);
  }

  #surface(publication: Publication): void {
    if (!this.#wants(publication)) return;
    if (this.#batch) this.#batch.push(publication);
    else {
      this.#batch = [publication];
      this.#tell({ do: "events", watch: this, events: this.#batch });
    }
  }

  /** A shared delivery may bring what only others want. The gateway knows which fields are tags; here all are. */
  #wants({ type, data, metadata }: Publication): boolean {
    const { types, tags = {} } = this.options.filter ?? {};
    if (types && !types.includes(type)) return false;
    for (const name in tags) {
      const value = String(fieldOf(metadata?.tags, name) ?? fieldOf(data, name));
      if (![tags[name]].flat().includes(value)) return false;
    }
    return true;
  }
}

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
