/** Retention: removes the oldest events of channels that hold too much, a slice at a time. */

import type { DatabaseSync } from "node:sqlite";
import type { NamespaceOptions } from "@signalbox/core";
import { isDue, rowsToTrim } from "../retention.ts";
import { addCounts, blocksKept, mergeBlocks, type TrimBlock } from "../trims.ts";
import type { ChannelState, Channels } from "./channels.ts";
import type { EventLog } from "./event-log.ts";
import type { Transactions } from "./transactions.ts";
import type { Types } from "./types.ts";

/** One slice, a transaction over several channels: about 2 ms, so that an append waiting behind it does not notice. */
const sliceRows = 500;
/** What little a few appends put over the limit waits for more, until the next tick at the latest. */
const worthEvents = 1_000;
/** Channels looked at in one step after opening, to see whether limits were lowered: about 1 ms. */
const lookedAtOnce = 2_000;
const sliceBytes = 4 * 1_048_576;
/** Milliseconds between looks for events that are too old. */
const ageEveryMs = 30_000;
/** Channels with old events found per look-up. */
const ageBatch = 100;

/** One of a channel's oldest events. */
interface Old {
  n: number;
  type: number;
  keptMs: number;
  bytes: number;
}

interface Slice {
  /** As many of the oldest as were looked at; the first that stays is the oldest then. */
  seen: Old[];
  /** There are more than a slice takes. */
  full: boolean;
}

export class Trimmer {
  readonly #transactions: Transactions;
  readonly #channels: Channels;
  readonly #log: EventLog;
  readonly #types: Types;
  readonly #namespaces: readonly (readonly [string, NamespaceOptions])[];
  /** Names of channels to look at. */
  readonly #queue = new Set<string>();
  /** Events appended since the queue was last empty. */
  #appended = 0;
  /** Time has passed: whatever is queued is due. */
  #pressing = false;
  /** Channels up to this id were looked at after opening; undefined once all were. */
  #lookedTo: number | undefined = 0;
  #agedMs = Number.NEGATIVE_INFINITY;
  readonly #oldest;
  readonly #aged;
  readonly #holdTooMuch;
  readonly #lastChannel;
  readonly #deleteEvents;
  readonly #deletePlaces;
  readonly #insertTrim;
  readonly #countTrims;
  readonly #oldestTrims;
  readonly #widenTrim;
  readonly #deleteTrim;
  readonly #trimmedTo;

  constructor(
    db: DatabaseSync,
    parts: { transactions: Transactions; channels: Channels; log: EventLog; types: Types },
    namespaces: Readonly<Record<string, NamespaceOptions>>,
  ) {
    this.#transactions = parts.transactions;
    this.#channels = parts.channels;
    this.#log = parts.log;
    this.#types = parts.types;
    this.#namespaces = Object.entries(namespaces);
    this.#oldest = db.prepare(
      `SELECT p.n, e.type, e.kept, octet_length(e.body) AS bytes FROM places p JOIN events e ON e.n = p.n
       WHERE p.channel = ? AND p.offset >= ? ORDER BY p.offset`,
    );
    this.#aged = db.prepare(
      `SELECT id, name, oldest_ms FROM channels WHERE namespace = ? AND oldest_ms < ? AND (oldest_ms, id) > (?, ?)
       ORDER BY oldest_ms, id LIMIT ${ageBatch}`,
    );
    this.#holdTooMuch = db.prepare(
      `SELECT name FROM channels WHERE id > ?1 AND id <= ?1 + ${lookedAtOnce} AND namespace = ?2 AND (top - floor >= ?3 OR bytes > ?4)`,
    );
    this.#lastChannel = db.prepare("SELECT max(id) AS id FROM channels");
    const range = "WHERE channel = ? AND offset BETWEEN ? AND ?";
    this.#deleteEvents = db.prepare(`DELETE FROM events WHERE n IN (SELECT n FROM places ${range})`);
    this.#deletePlaces = db.prepare(`DELETE FROM places ${range}`);
    this.#insertTrim = db.prepare(
      "INSERT INTO trims (channel, first, last, first_n, last_n, counts) VALUES (?, ?, ?, ?, ?, ?)",
    );
    this.#countTrims = db.prepare("SELECT count(*) AS count FROM trims WHERE channel = ?");
    this.#oldestTrims = db.prepare("SELECT * FROM trims WHERE channel = ? ORDER BY first LIMIT 2");
    this.#widenTrim = db.prepare("UPDATE trims SET first = ?, first_n = ?, counts = ? WHERE id = ?");
    this.#deleteTrim = db.prepare("DELETE FROM trims WHERE id = ?");
    this.#trimmedTo = db.prepare("UPDATE meta SET value = max(value, ?) WHERE key = 'trimmed'");
  }

  /** After an append: does this channel hold too much? */
  look(state: ChannelState | undefined): void {
    if (state?.options !== undefined && isDue(state, state.options)) {
      this.#queue.add(state.name);
      if (state.bytes > state.options.retention.bytes + sliceBytes) this.#pressing = true;
    }
    if (this.#queue.size > 0) this.#appended++;
  }

  get due(): boolean {
    if (this.#lookedTo !== undefined) return true;
    return this.#queue.size > 0 && (this.#pressing || this.#appended >= worthEvents);
  }

  /** Time has passed. */
  tick(): void {
    this.#pressing = true;
  }

  /** Queues every channel with events that are too old, now and then. */
  age(nowMs: number): void {
    if (Math.abs(nowMs - this.#agedMs) < ageEveryMs) return;
    this.#agedMs = nowMs;
    for (const state of this.#channels.moved) {
      const ageMs = state.options?.retention.ageMs ?? Number.POSITIVE_INFINITY;
      if (state.oldestMs !== undefined && nowMs - state.oldestMs > ageMs) this.#queue.add(state.name);
    }
    // All others: the database knows them.
    for (const [namespace, { retention }] of this.#namespaces) {
      let after: [number, number] = [Number.MIN_SAFE_INTEGER, 0];
      for (;;) {
        const found = this.#aged.all(namespace, nowMs - retention.ageMs, ...after);
        for (const row of found) this.#queue.add(String(row.name));
        const last = found.at(-1);
        if (last === undefined || found.length < ageBatch) break;
        after = [Number(last.oldest_ms), Number(last.id)];
      }
    }
  }

  /** Trims one slice; returns how many events, but at least 1 for the trouble. */
  step(nowMs: number): number {
    if (this.#lookedTo !== undefined) {
      this.#lookFrom(this.#lookedTo);
      return 1;
    }
    let gone = 0;
    let looked = 0;
    this.#transactions.run("NORMAL", () => {
      for (const name of this.#queue) {
        if (gone >= sliceRows || looked++ >= sliceRows) break;
        // To the end of the queue if there is more to do, out of it otherwise.
        this.#queue.delete(name);
        gone += this.#trim(name, sliceRows - gone, nowMs);
      }
    });
    if (this.#queue.size === 0) {
      this.#appended = 0;
      this.#pressing = false;
    }
    return Math.max(1, gone);
  }

  /** Once, after opening: limits may have been lowered. */
  #lookFrom(id: number): void {
    for (const [namespace, { retention }] of this.#namespaces) {
      for (const row of this.#holdTooMuch.all(id, namespace, retention.count, retention.bytes)) {
        this.#queue.add(String(row.name));
      }
    }
    const next = id + lookedAtOnce;
    this.#lookedTo = next < Number(this.#lastChannel.get()?.id ?? 0) ? next : undefined;
    this.#pressing = true;
  }

  /** Within a write transaction. */
  #trim(name: string, room: number, nowMs: number): number {
    const state = this.#channels.find(name);
    if (state?.options === undefined) return 0;
    // Only what `places` knows can be found by offset.
    if (state.floor + room > state.top - state.unfolded.length) this.#log.foldChannel(state, nowMs);
    const slice: Slice = { seen: [], full: false };
    const over = rowsToTrim(state, this.#oldestOf(state, slice, room), state.options, nowMs);
    if (over === 0) return 0;
    this.#remove(state, slice.seen.slice(0, over), slice.seen[over]);
    if (slice.full) this.#queue.add(name);
    return over;
  }

  /** A slice of a channel's oldest events, as they are asked for. */
  *#oldestOf(state: ChannelState, slice: Slice, room: number): Generator<Old> {
    let bytes = 0;
    for (const row of this.#oldest.iterate(state.id, state.floor)) {
      const old = { n: Number(row.n), type: Number(row.type), keptMs: Number(row.kept), bytes: Number(row.bytes) };
      slice.full = slice.seen.length >= room || bytes > sliceBytes;
      slice.seen.push(old);
      if (slice.full) return;
      bytes += old.bytes;
      yield old;
    }
  }

  #remove(state: ChannelState, gone: readonly Old[], next: Old | undefined): void {
    const { id, floor } = state;
    const last = floor + gone.length - 1;
    const byType = new Map<number, number>();
    for (const { type, bytes } of gone) {
      byType.set(type, (byType.get(type) ?? 0) + 1);
      state.bytes -= bytes;
    }
    const lastN = gone.at(-1)?.n ?? 0;
    const counts: Record<string, number> = {};
    for (const [type, count] of byType) addCounts(counts, { [this.#types.nameOf(type)]: count });
    this.#deleteEvents.run(id, floor, last);
    this.#deletePlaces.run(id, floor, last);
    this.#insertTrim.run(id, floor, last, gone[0]?.n ?? 0, lastN, JSON.stringify(counts));
    this.#trimmedTo.run(lastN);
    if (Number(this.#countTrims.get(id)?.count) > blocksKept) this.#mergeOldest(id);
    state.floor = last + 1;
    state.oldestMs = next?.keptMs;
    this.#channels.write(state);
  }

  /** Widens the younger row: the search index follows trims by id, and must not miss the older one. */
  #mergeOldest(channel: number): void {
    const [older, younger] = this.#oldestTrims.all(channel);
    if (older === undefined || younger === undefined) return;
    const merged = mergeBlocks(blockOf(older), blockOf(younger));
    this.#deleteTrim.run(older.id ?? null);
    this.#widenTrim.run(merged.from, older.first_n ?? null, JSON.stringify(merged.counts), younger.id ?? null);
  }
}

/** A row of `trims`. */
export const blockOf = (row: Record<string, unknown>): TrimBlock => ({
  from: Number(row.first),
  to: Number(row.last),
  counts: countsOf(String(row.counts)),
});

function countsOf(json: string): Record<string, number> {
  const parsed: unknown = JSON.parse(json);
  if (typeof parsed !== "object" || parsed === null) return {};
  return Object.fromEntries(Object.entries(parsed).map(([type, count]) => [type, Number(count)]));
}
