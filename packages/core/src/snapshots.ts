/**
 * Folded states of channels, kept current as events are committed, loaded when first needed.
 *
 * A namespace has a main reducer, whose states are kept of every channel, and may have further ones. Theirs cost nothing until
 * somebody asks: then one is loaded or folded from history, and kept current as long as it is asked for now and then.
 */
import type { Position, Snapshot } from "@signalbox/protocol";
import { type Done, type Failure, type HubPorts, hasFailed } from "./hub-ports.ts";
import type { NamespaceOptions } from "./namespaces.ts";
import type { SavedSnapshot } from "./ports.ts";
import { SharedPublication } from "./publication.ts";
import { reducerOf } from "./reducers/of-channel.ts";
import type { Reducer } from "./reducers/reducer.ts";

/**
 * States kept in memory, and their JSON text in UTF-16 units: over either the first loaded are saved and dropped, except those that somebody watches. An event of a
 * channel whose state was dropped costs two reads and a save, so the limit is far above the channels in use at once.
 */
const statesKept = 100_000;
const unitsKept = 64 * 1_048_576;
/** A state is saved after so many events or milliseconds: until then a crash costs folding those again. */
const eventsUnsaved = 2_000;
const unsavedMs = 15_000;
/** Saved by one call of `save`: so many rows keep the appends behind them waiting for some milliseconds. */
const savedAtOnce = 500;
/** A state of a further reducer that nobody asked for so long is saved and dropped. */
const furtherKeptMs = 600_000;
const pageEvents = 1_000;
const pageBytes = 4_194_304;

interface Folded {
  channel: string;
  reducer: Reducer<unknown>;
  /** When it was asked for last, milliseconds since 1970; undefined for one of a main reducer. */
  askedMs: number | undefined;
  epoch: string;
  offset: number;
  state: unknown;
  /** Of the state as it was saved or loaded last. */
  units: number;
  /** Events since it was saved. */
  unsaved: number;
  /** Milliseconds since 1970 when the first of them was folded. */
  unsavedSinceMs: number;
  /** Commits that arrive while the past is being read; undefined once it has been. */
  pending: SharedPublication[] | undefined;
  waiting: Array<Done<{ snapshot: Snapshot | undefined }>>;
}

export class Snapshots {
  readonly #ports: HubPorts;
  readonly #namespaces: Readonly<Record<string, NamespaceOptions>>;
  readonly #reducers: ReadonlyMap<string, Reducer<unknown>>;
  readonly #isCurrent: (channel: string, position: Position) => boolean;
  /** By channel, those of further reducers by channel and name. The first loaded comes first. */
  readonly #folded = new Map<string, Folded>();
  /** Those of further reducers, by channel. */
  readonly #further = new Map<string, Set<Folded>>();
  /** Those with unsaved events; the longest unsaved comes first. */
  readonly #unsaved = new Set<Folded>();
  #units = 0;

  /** `isCurrent`: all that was kept of the channel is told, and the newest of it is here. */
  constructor(
    ports: HubPorts,
    namespaces: Readonly<Record<string, NamespaceOptions>>,
    reducers: ReadonlyMap<string, Reducer<unknown>>,
    isCurrent: (channel: string, position: Position) => boolean,
  ) {
    this.#ports = ports;
    this.#namespaces = namespaces;
    this.#reducers = reducers;
    this.#isCurrent = isCurrent;
  }

  /** There is a main reducer for it. */
  has(channel: string): boolean {
    return this.#reducerOf(channel, undefined) !== undefined;
  }

  /** Folds one committed publication. */
  apply(publication: SharedPublication): void {
    for (const folded of this.#further.get(publication.channel) ?? []) this.#take(folded, publication);
    const reducer = this.#reducerOf(publication.channel, undefined);
    if (reducer === undefined) return;
    let folded = this.#folded.get(publication.channel);
    if (folded === undefined) {
      folded = this.#create(publication.channel, reducer, undefined);
      if (publication.offset === 1) {
        folded.epoch = publication.epoch;
        folded.pending = undefined;
      } else {
        this.#load(folded);
      }
    }
    this.#take(folded, publication);
  }

  /** `name`: of the reducer; undefined for the main one. A namespace without it has no snapshot. */
  get(channel: string, name: string | undefined, done: Done<{ snapshot: Snapshot | undefined }>): void {
    const reducer = this.#reducerOf(channel, name);
    if (reducer === undefined) {
      done({ snapshot: undefined });
      return;
    }
    const askedMs = reducer === this.#reducerOf(channel, undefined) ? undefined : this.#ports.nowMs();
    let folded = this.#folded.get(askedMs === undefined ? channel : keyOf(channel, reducer));
    if (folded !== undefined) folded.askedMs = askedMs;
    if (folded === undefined) {
      folded = this.#create(channel, reducer, askedMs);
      folded.waiting.push(done);
      this.#load(folded);
      return;
    }
    if (folded.pending === undefined && this.#isCurrent(channel, folded)) {
      done({ snapshot: snapshotOf(folded) });
      return;
    }
    folded.waiting.push(done);
    if (folded.pending !== undefined) return;
    folded.pending = [];
    this.#readOn(folded);
  }

  /**
   * Saves some of what changed a while ago, and drops the first loaded beyond the limit that are not `held` elsewhere anyway;
   * to be called about once a second.
   */
  save(held: (channel: string) => boolean = () => false): void {
    const batch: SavedSnapshot[] = [];
    const before = this.#ports.nowMs() - unsavedMs;
    for (const folded of this.#unsaved) {
      if (folded.unsavedSinceMs > before || batch.length >= savedAtOnce) break;
      batch.push(this.#saved(folded));
    }
    for (const folded of this.#folded.values()) {
      if (this.#folded.size <= statesKept && this.#units <= unitsKept) break;
      if (folded.pending !== undefined || (folded.askedMs === undefined && held(folded.channel))) continue;
      if (folded.unsaved > 0) batch.push(this.#saved(folded));
      this.#drop(folded);
    }
    for (const ofChannel of this.#further.values()) {
      for (const folded of ofChannel) {
        const { askedMs = 0, pending, unsaved } = folded;
        const isInUse = pending !== undefined || askedMs + furtherKeptMs > this.#ports.nowMs();
        if (isInUse || batch.length >= savedAtOnce) continue;
        if (unsaved > 0) batch.push(this.#saved(folded));
        this.#drop(folded);
      }
    }
    if (batch.length > 0) this.#ports.saveSnapshots(batch);
  }

  /** Saves everything that changed. */
  saveAll(): void {
    const batch = [...this.#unsaved].map((folded) => this.#saved(folded));
    if (batch.length > 0) this.#ports.saveSnapshots(batch);
  }

  #reducerOf(channel: string, name: string | undefined): Reducer<unknown> | undefined {
    return reducerOf(channel, name, this.#namespaces, this.#reducers);
  }

  /** `askedMs`: of a further reducer. */
  #create(channel: string, reducer: Reducer<unknown>, askedMs: number | undefined): Folded {
    const folded: Folded = {
      channel,
      reducer,
      askedMs,
      epoch: "",
      offset: 0,
      state: reducer.initial(channel),
      units: 0,
      unsaved: 0,
      unsavedSinceMs: 0,
      pending: [],
      waiting: [],
    };
    if (askedMs === undefined) this.#folded.set(channel, folded);
    else {
      this.#folded.set(keyOf(channel, reducer), folded);
      const ofChannel = this.#further.get(channel) ?? new Set();
      this.#further.set(channel, ofChannel.add(folded));
    }
    return folded;
  }

  #take(folded: Folded, publication: SharedPublication): void {
    if (folded.pending !== undefined) folded.pending.push(publication);
    else this.#fold(folded, publication);
  }

  #fold(folded: Folded, publication: SharedPublication): void {
    if (publication.epoch !== folded.epoch) {
      folded.epoch = publication.epoch;
      folded.offset = 0;
      folded.state = folded.reducer.initial(folded.channel);
      // A new epoch that did not begin with this event has a past to read first.
      if (publication.offset !== 1) {
        folded.pending = [publication];
        this.#load(folded);
        return;
      }
    }
    if (publication.offset <= folded.offset) return;
    if (publication.offset !== folded.offset + 1) {
      folded.pending = [publication];
      this.#readOn(folded);
      return;
    }
    this.#apply(folded, publication);
    if (folded.unsaved >= eventsUnsaved) this.#ports.saveSnapshots([this.#saved(folded)]);
  }

  #apply(folded: Folded, publication: SharedPublication): void {
    const { type, timestampMs: timestamp, offset } = publication;
    folded.state = folded.reducer.apply(folded.state, { type, timestamp, data: publication.message().data, offset });
    folded.offset = offset;
    this.#changed(folded);
  }

  #load(folded: Folded): void {
    const name = folded.askedMs === undefined ? undefined : folded.reducer.name;
    this.#ports.loadSnapshot(folded.channel, name, (answer) => {
      if (hasFailed(answer)) {
        this.#abandon(folded, answer);
        return;
      }
      const { saved: before } = answer;
      if (before !== undefined && before.version === folded.reducer.version) {
        folded.epoch = before.epoch;
        folded.offset = before.offset;
        folded.state = JSON.parse(before.state) as unknown;
        this.#weigh(folded, before.state.length);
      }
      this.#readOn(folded);
    });
  }

  #readOn(folded: Folded): void {
    this.#ports.read(folded.channel, folded.offset, pageEvents, pageBytes, (page) => {
      if (hasFailed(page)) {
        this.#abandon(folded, page);
        return;
      }
      // A snapshot of another history (or beyond this one's head) says nothing: fold from the start.
      if (page.epoch !== folded.epoch || page.top < folded.offset) {
        const known = folded.offset > 0;
        folded.epoch = page.epoch;
        folded.offset = 0;
        folded.state = folded.reducer.initial(folded.channel);
        if (known) {
          this.#readOn(folded);
          return;
        }
      }
      folded.offset = Math.max(folded.offset, page.floor - 1);
      for (const kept of page.events) {
        if (kept.offset <= folded.offset) continue;
        this.#apply(folded, new SharedPublication(folded.channel, page.epoch, kept));
      }
      if (folded.offset < page.top && page.events.length > 0) this.#readOn(folded);
      else this.#settle(folded);
    });
  }

  #settle(folded: Folded): void {
    const pending = folded.pending ?? [];
    folded.pending = undefined;
    for (const [index, publication] of pending.entries()) {
      this.#fold(folded, publication);
      // A hole sent it back to reading: what is left waits again.
      if (folded.pending !== undefined) {
        (folded.pending as SharedPublication[]).push(...pending.slice(index + 1));
        return;
      }
    }
    const waiting = folded.waiting.splice(0);
    for (const done of waiting) done({ snapshot: snapshotOf(folded) });
  }

  #changed(folded: Folded): void {
    if (folded.unsaved++ > 0) return;
    folded.unsavedSinceMs = this.#ports.nowMs();
    this.#unsaved.add(folded);
  }

  #saved(folded: Folded): SavedSnapshot {
    const { channel, epoch, offset } = folded;
    const state = JSON.stringify(folded.state);
    folded.unsaved = 0;
    this.#unsaved.delete(folded);
    this.#weigh(folded, state.length);
    const saved = { channel, epoch, offset, state, version: folded.reducer.version };
    return folded.askedMs === undefined ? saved : { ...saved, reducer: folded.reducer.name };
  }

  #weigh(folded: Folded, units: number): void {
    this.#units += units - folded.units;
    folded.units = units;
  }

  #drop(folded: Folded): void {
    const { channel, reducer, askedMs } = folded;
    if (askedMs === undefined) this.#folded.delete(channel);
    else {
      this.#folded.delete(keyOf(channel, reducer));
      const ofChannel = this.#further.get(channel);
      ofChannel?.delete(folded);
      if (ofChannel?.size === 0) this.#further.delete(channel);
    }
    this.#unsaved.delete(folded);
    this.#units -= folded.units;
  }

  #abandon(folded: Folded, failure: Failure): void {
    this.#drop(folded);
    for (const done of folded.waiting.splice(0)) done(failure);
  }
}

/** No channel has this character in its name. */
const keyOf = (channel: string, { name }: Reducer<unknown>): string => `${channel}#${name}`;

const snapshotOf = (folded: Folded): Snapshot => ({
  reducer: folded.reducer.name,
  version: folded.reducer.version,
  epoch: folded.epoch,
  offset: folded.offset,
  state: folded.state,
});
