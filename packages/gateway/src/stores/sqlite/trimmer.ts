/** Retention: removes the oldest events of channels that hold too much, a slice at a time. */

import type { DatabaseSync } from "node:sqlite";
import type { NamespaceOptions } from "@signalbox/core";
import { isDue, rowsToTrim } from "../retention.ts";
import { addCounts, blocksKept, mergeBlocks, type TrimBlock } from "../trims.ts";
import type { ChannelState, Channels } from "./channels.ts";
import type { EventLog } from "./event-log.ts";
import type { Transactions } from "./transactions.ts";
import type { Types } from "./types.ts";

/** One slice: about 2 ms, so that an append waiting behind it does not notice. */
const sliceRows = 500;
const sliceBytes = 4 * 1_048_576;
/** Milliseconds between looks for events that are too old. */
const ageEveryMs = 30_000;
/** Channels with old events found per look-up. */
const ageBatch = 100;

interface Cut {
  rows: number;
  bytes: number;
  lastN: number;
  firstN: number;
  counts: Record<string, number>;
}

export class Trimmer {
  readonly #transactions: Transactions;
  readonly #channels: Channels;
  readonly #log: EventLog;
  readonly #types: Types;
  readonly #namespaces: readonly (readonly [string, NamespaceOptions])[];
  /** Names of channels to look at. */
  readonly #queue = new Set<string>();
  #agedMs = Number.NEGATIVE_INFINITY;
  readonly #oldest;
  readonly #aged;
  readonly #deleteEvents;
  readonly #deletePlaces;
  readonly #insertTrim;
  readonly #countTrims;
  readonly #oldestTrims;
  readonly #widenTrim;
  readonly #deleteTrim;

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
       WHERE p.channel = ? AND p.offset >= ? ORDER BY p.offset LIMIT ${sliceRows + 1}`,
    );
    this.#aged = db.prepare(
      `SELECT id, name, oldest_ms FROM channels WHERE namespace = ? AND oldest_ms < ? AND (oldest_ms, id) > (?, ?)
       ORDER BY oldest_ms, id LIMIT ${ageBatch}`,
    );
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
  }

  /** After an append: does this channel hold too much? */
  look(state: ChannelState | undefined): void {
    if (state?.options !== undefined && isDue(state, state.options)) this.#queue.add(state.name);
  }

  get due(): boolean {
    return this.#queue.size > 0;
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

  /** Trims one slice of one channel. */
  step(nowMs: number): void {
    const [name] = this.#queue;
    if (name === undefined) return;
    const more = this.#trim(name, nowMs);
    // To the end of the queue, or out of it.
    this.#queue.delete(name);
    if (more) this.#queue.add(name);
  }

  #trim(name: string, nowMs: number): boolean {
    const state = this.#channels.find(name);
    if (state?.options === undefined) return false;
    // Only what `places` knows can be found by offset.
    if (state.floor + sliceRows > state.top - state.unfolded.length) this.#log.foldChannel(state, nowMs);
    const rows = this.#oldest.all(state.id, state.floor);
    const { cut, next } = this.#cutOf(state, state.options, rows, nowMs);
    if (cut.rows === 0) return false;
    this.#transactions.run("NORMAL", () => this.#remove(state, cut, next));
    return next !== undefined;
  }

  #cutOf(
    state: ChannelState,
    options: NamespaceOptions,
    rows: readonly Record<string, unknown>[],
    nowMs: number,
  ): { cut: Cut; next: number | undefined } {
    const oldest = rows.map((row) => ({ bytes: Number(row.bytes), keptMs: Number(row.kept) }));
    const over = rowsToTrim(state, oldest.slice(0, sliceRows), options, nowMs);
    const cut: Cut = { rows: 0, bytes: 0, firstN: Number(rows[0]?.n), lastN: 0, counts: {} };
    for (const row of rows.slice(0, over)) {
      if (cut.bytes > sliceBytes) break;
      cut.rows++;
      cut.bytes += Number(row.bytes);
      cut.lastN = Number(row.n);
      addCounts(cut.counts, { [this.#types.nameOf(Number(row.type))]: 1 });
    }
    return { cut, next: oldest[cut.rows]?.keptMs };
  }

  #remove(state: ChannelState, cut: Cut, next: number | undefined): void {
    const { id, floor } = state;
    const last = floor + cut.rows - 1;
    this.#deleteEvents.run(id, floor, last);
    this.#deletePlaces.run(id, floor, last);
    this.#insertTrim.run(id, floor, last, cut.firstN, cut.lastN, JSON.stringify(cut.counts));
    if (Number(this.#countTrims.get(id)?.count) > blocksKept) this.#mergeOldest(id);
    state.floor = last + 1;
    state.bytes -= cut.bytes;
    state.oldestMs = next;
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
