/** One channel kept in this process's memory. */
import type {
  Appended,
  ChannelInfo,
  Entry,
  Fence,
  Kept,
  NamespaceOptions,
  Page,
  SavedSnapshot,
  Trimmed,
} from "@signalbox/core";
import {
  advanceProducer,
  beginningOf,
  fenceRefusal,
  headRefusal,
  judgeProducer,
  KeyWindow,
  type ProducerState,
  producersKept,
} from "./dedupe.ts";
import { rowsToTrim } from "./retention.ts";
import { addCounts, blocksKept, mergeBlocks, sumBlocks, type TrimBlock } from "./trims.ts";

interface Row {
  event: Kept;
  bytes: number;
  keptMs: number;
}

/** A block takes up to this many events before the next one begins. */
const eventsPerBlock = 256;

export class VolatileChannel {
  readonly name: string;
  readonly #epoch: string;
  readonly #options: NamespaceOptions;
  readonly #createdMs: number;
  #updatedMs: number;
  /** Events from `#start` on are kept; the others are dropped together, now and then. */
  #rows: (Row | undefined)[] = [];
  #start = 0;
  #top = 0;
  #bytes = 0;
  #keys: KeyWindow | undefined;
  #producers: Map<string, ProducerState> | undefined;
  #blocks: TrimBlock[] = [];
  #saved: SavedSnapshot | undefined;
  /** Of further reducers, by their names. */
  #further: Map<string, SavedSnapshot> | undefined;

  constructor(name: string, epoch: string, options: NamespaceOptions, nowMs: number) {
    this.name = name;
    this.#epoch = epoch;
    this.#options = options;
    this.#createdMs = nowMs;
    this.#updatedMs = nowMs;
  }

  /** The newest of the main reducer, or of the one with this name. */
  saved(reducer?: string): SavedSnapshot | undefined {
    return reducer === undefined ? this.#saved : this.#further?.get(reducer);
  }

  get #floor(): number {
    return this.#top - (this.#rows.length - this.#start) + 1;
  }

  /** `refusal` is asked before anything new is kept: why that may not be. */
  append(entry: Entry, nowMs: number, refusal?: () => Appended | undefined): Appended {
    const { producer, idempotencyKey: key, expected } = entry;
    const epoch = this.#epoch;
    const known = producer && this.#producers?.get(producer.id);
    if (producer !== undefined) {
      const { is, ...verdict } = judgeProducer(known, producer);
      if ("code" in verdict) return { ok: false, ...verdict };
      if (is === "duplicate") return { ok: true, epoch, ...verdict, duplicate: true };
    }
    const repeated = key === undefined ? undefined : this.#keys?.find(key, nowMs);
    const moved =
      expected === undefined || repeated !== undefined
        ? undefined
        : headRefusal(expected, { epoch, offset: this.#top });
    if (moved !== undefined) return { ok: false, ...moved };
    const fence = repeated === undefined ? entry.register?.fence : undefined;
    const refused = repeated === undefined ? (refusal?.() ?? this.#fenceRefusal(fence)) : undefined;
    if (refused !== undefined) return refused;
    const offset = repeated ?? this.#keep(entry, nowMs);
    for (const id of fence?.producers ?? []) this.#advance(id, beginningOf(fence?.epoch ?? 0, offset));
    if (producer !== undefined) this.#advance(producer.id, advanceProducer(known, producer, offset));
    if (repeated !== undefined) return { ok: true, epoch, offset, duplicate: true };
    if (key !== undefined) {
      this.#keys ??= new KeyWindow();
      this.#keys.add(key, offset, nowMs);
    }
    this.trim(nowMs);
    return { ok: true, epoch, offset, duplicate: false };
  }

  read(after: number, limit: number, maxBytes: number): Page {
    const floor = this.#floor;
    const events: Kept[] = [];
    let bytes = 0;
    for (let at = this.#start + Math.max(after + 1, floor) - floor; events.length < limit; at++) {
      const row = this.#rows[at];
      if (row === undefined) break;
      bytes += row.bytes;
      if (bytes > maxBytes && events.length > 0) break;
      events.push(row.event);
    }
    return { epoch: this.#epoch, floor, top: this.#top, events };
  }

  trimmed(from: number, to: number): Trimmed {
    return sumBlocks(this.#blocks, from, to);
  }

  info(): ChannelInfo {
    return {
      channel: this.name,
      epoch: this.#epoch,
      floor: this.#floor,
      top: this.#top,
      bytes: this.#bytes,
      createdMs: this.#createdMs,
      updatedMs: this.#updatedMs,
    };
  }

  save(snapshot: SavedSnapshot): void {
    const { epoch, offset, reducer } = snapshot;
    if (epoch !== this.#epoch || offset > this.#top || offset < (this.saved(reducer)?.offset ?? 0)) return;
    if (reducer === undefined) {
      this.#saved = snapshot;
      return;
    }
    this.#further ??= new Map();
    this.#further.set(reducer, snapshot);
  }

  trim(nowMs: number): void {
    const held = { floor: this.#floor, top: this.#top, bytes: this.#bytes, snapshot: this.#saved?.offset ?? 0 };
    const gone = rowsToTrim(held, this.#oldest(), this.#options, nowMs);
    for (let i = 0; i < gone; i++) this.#drop(held.floor + i);
    if (this.#start > 1_024 && this.#start * 2 > this.#rows.length) {
      this.#rows = this.#rows.slice(this.#start);
      this.#start = 0;
    }
  }

  #keep({ type, timestampMs, body }: Entry, nowMs: number): number {
    const offset = ++this.#top;
    const bytes = Buffer.byteLength(body);
    this.#rows.push({ event: { offset, type, timestampMs, body }, bytes, keptMs: nowMs });
    this.#bytes += bytes;
    this.#updatedMs = nowMs;
    return offset;
  }

  #fenceRefusal(fence: Fence | undefined): Appended | undefined {
    const refused =
      fence &&
      fenceRefusal(
        fence,
        fence.producers.map((id) => this.#producers?.get(id)),
      );
    return refused && { ok: false, ...refused };
  }

  #advance(id: string, state: ProducerState): void {
    this.#producers ??= new Map();
    // Deleted first, so that the longest silent producer comes first.
    this.#producers.delete(id);
    this.#producers.set(id, state);
    for (const [silent] of this.#producers) {
      if (this.#producers.size <= producersKept) break;
      this.#producers.delete(silent);
    }
  }

  *#oldest(): Generator<Row> {
    for (let at = this.#start; at < this.#rows.length; at++) {
      const row = this.#rows[at];
      if (row !== undefined) yield row;
    }
  }

  #drop(offset: number): void {
    const row = this.#rows[this.#start];
    if (row === undefined) return;
    this.#bytes -= row.bytes;
    // Free to be collected even before the array is made anew.
    this.#rows[this.#start++] = undefined;
    const newest = this.#blocks.at(-1);
    if (newest !== undefined && newest.to - newest.from + 1 < eventsPerBlock) {
      newest.to = offset;
      addCounts(newest.counts, { [row.event.type]: 1 });
      return;
    }
    this.#blocks.push({ from: offset, to: offset, counts: { [row.event.type]: 1 } });
    const [oldest, next] = this.#blocks;
    if (this.#blocks.length > blocksKept && oldest !== undefined && next !== undefined) {
      this.#blocks.splice(0, 2, mergeBlocks(oldest, next));
    }
  }
}
