/**
 * What the core asks of the outside. Adapters implement these; the core never names one.
 */
import type { ErrorName, Position } from "@signalbox/protocol";

/** Fences zombies and drops duplicates. `seq` starts at 1 and is contiguous per (channel, id, epoch). */
export interface Producer {
  id: string;
  epoch: number;
  seq: number;
}

/**
 * Together with the event, these producers stand at the beginning of this epoch in its channel: what they send of older ones is
 * `fenced`. Where one of them has been in this epoch or a newer one nothing is kept: `fenced` with the details `{epoch}`.
 */
export interface Fence {
  producers: readonly string[];
  epoch: number;
}

/**
 * A small state that changes together with the event that changes it, or not at all: compare and set. Keys are
 * `KIND/NAME`, such as `command/ID`.
 */
export interface RegisterChange {
  key: string;
  /** The version it must have; 0: it must be absent. The change makes the next one. */
  from: number;
  /** JSON text; `undefined` deletes the register. */
  value: string | undefined;
  /** Something is still to come of it. Others are forgotten `steeringKeptMs` after their last change. */
  open: boolean;
  fence?: Fence;
  /** Its counts begin anew with these; absent: they stay as they are, and a new register has none. */
  counts?: readonly number[];
}

/**
 * Whole numbers from 0 that an event adds to the counts of a register, one by one, where it has counts; otherwise nothing
 * happens. Sums end at `Number.MAX_SAFE_INTEGER`.
 */
export interface Addition {
  key: string;
  amounts: readonly number[];
}

/** A register as kept. */
export interface Register {
  key: string;
  /** Counts its changes, from 1. */
  version: number;
  /** JSON text. */
  value: string;
  /** Offset of the event that changed it last, in that event's channel. */
  offset: number;
  /** Epoch of that channel now. */
  epoch: string;
  /** What was added up beside its versions, which this does not change. */
  counts?: readonly number[];
}

/** One event, validated, its JSON made once; ready to be kept. */
export interface Entry {
  channel: string;
  id: string;
  type: string;
  /** Milliseconds since 1970 (Unix time). */
  timestampMs: number;
  /** JSON text of the event without channel, epoch and offset; always begins with `{"id":`. */
  body: string;
  idempotencyKey?: string;
  producer?: Producer;
  /** Unless it is a duplicate: kept only if the channel's newest event is here; else refused with `head_moved` and the real head. */
  expected?: Position;
  /** Refused with `rate_limited` when it would be the first of its channel. */
  mustExist?: true;
  /** Kept only if the register is as it says; else refused with `conflict` and the details `{version, value?}`. */
  register?: RegisterChange;
  /** Added together with the event: by an entry that is kept, and not by one that is refused or a duplicate. */
  adds?: readonly Addition[];
}

/** What became of an entry. `duplicate`: it was kept before; `offset` is absent when no longer known. */
export type Appended =
  | { ok: true; epoch: string; offset: number; duplicate: false }
  | { ok: true; epoch: string; offset?: number; duplicate: true }
  | { ok: false; code: ErrorName; message: string; details?: Record<string, unknown> };

/** An event as kept. Its position is (the page's epoch, `offset`). */
export interface Kept {
  offset: number;
  type: string;
  timestampMs: number;
  body: string;
}

/** Events `after+1 …` in order, as far as limits allow. */
export interface Page {
  epoch: string;
  /** Oldest kept offset; `top + 1` when nothing is kept. */
  floor: number;
  /** Newest offset ever given in this epoch; 0 for a channel nobody published to. */
  top: number;
  events: Kept[];
}

/** What retention removed inside a range of offsets. */
export interface Trimmed {
  /** Number of events removed, by type. */
  counts: Record<string, number>;
  /** The counts begin here: at or before the offset asked for, since trims are recorded in blocks. */
  countsFrom: number;
}

export interface ChannelInfo {
  channel: string;
  epoch: string;
  floor: number;
  top: number;
  bytes: number;
  createdMs: number;
  updatedMs: number;
}

/** A reducer's state after the event at `offset` in `epoch`. */
export interface SavedSnapshot {
  channel: string;
  /** Name of the reducer, where that is not the main one of the channel's namespace. Each has a snapshot of its own. */
  reducer?: string;
  epoch: string;
  offset: number;
  /** JSON text. */
  state: string;
  /** Version of the reducer that made it; another version's snapshot is not used. */
  version: number;
}

export interface SearchQuery {
  /** Words; all must occur. Quoted phrases and a trailing `*` are allowed. */
  text: string;
  /** Channels and patterns (`process:*`), of which any will do; absent for all. */
  channels?: readonly string[];
  types?: string[];
  limit: number;
  /** Only matches before this opaque cursor (a previous answer's `next`): newest come first. */
  before?: string;
}

export interface SearchHit extends Kept {
  channel: string;
  epoch: string;
}

export interface SearchResult {
  hits: SearchHit[];
  next?: string;
}

export interface RegisterQuery {
  prefix: string;
  /** Exclusive; empty for the first. */
  after: string;
  limit: number;
  open?: true;
}

/**
 * Where events are kept. An OK from `append` means what the namespace's durability says.
 *
 * Offsets of a channel are 1, 2, 3 … without holes within an epoch. Reads never see an event
 * before its append resolved.
 */
export interface Store {
  readonly can: { search: boolean };
  /** The epoch of every channel that has no history of its own yet. */
  readonly epoch: string;
  /**
   * Keeps entries in their order and answers in that order. A disk error rejects the whole batch with
   * StoreFailed; from then on every append rejects (fail stop): no false OK.
   */
  append(batch: readonly Entry[]): Promise<Appended[]>;
  /** At most `limit` events and about `maxBytes` of bodies, but always at least one if there is one. */
  read(channel: string, after: number, limit: number, maxBytes: number): Promise<Page>;
  /** What retention removed of offsets `from..to`. */
  trimmed(channel: string, from: number, to: number): Promise<Trimmed>;
  /** `undefined`: untouched, and standing at offset 0 of `epoch`; a store with several epochs answers instead. */
  info(channel: string): Promise<ChannelInfo | undefined>;
  /** Channels matching a concrete name or pattern, by name, after `after` exclusive. */
  list(pattern: string, after: string, limit: number): Promise<ChannelInfo[]>;
  /** `reducer`: as it was saved with. */
  loadSnapshot(channel: string, reducer?: string): Promise<SavedSnapshot | undefined>;
  saveSnapshots(batch: readonly SavedSnapshot[]): Promise<void>;
  register(key: string): Promise<Register | undefined>;
  /**
   * Registers whose key begins with `prefix` and comes after `after`, in the order of keys: at most `limit`, and about
   * 1 MiB of values, but at least one if there is one. `open: true`: only those of which something is still to come.
   */
  registers(query: RegisterQuery): Promise<Register[]>;
  /** Rejects with `unsupported` unless `can.search`. */
  search(query: SearchQuery): Promise<SearchResult>;
  /** Makes everything accepted durable, then releases files and locks. */
  close(): Promise<void>;
}

/** The store can no longer promise anything: a write or fsync failed. */
export class StoreFailed extends Error {
  override name = "StoreFailed";
}
