/** The log of events: appending to it, folding it into the derived tables, reading its end again after a crash. */

import type { DatabaseSync } from "node:sqlite";
import type { Addition, Producer, RegisterChange } from "@signalbox/core";
import type { Position } from "@signalbox/protocol";
import { advanceProducer, beginningOf, fenceRefusal, headRefusal, judgeProducer, type Refusal } from "../dedupe.ts";
import type { ChannelState, Channels } from "./channels.ts";
import { type Marks, storedKey } from "./marks.ts";
import type { Registers } from "./registers.ts";
import { Damaged } from "./sqlite-errors.ts";
import type { Transactions } from "./transactions.ts";
import type { Types } from "./types.ts";

/** One entry, as it came to this thread. */
export interface Row {
  channel: string;
  type: string;
  timestampMs: number;
  body: string;
  key: string | null;
  producer: Producer | undefined;
  expected?: Position;
  change?: RegisterChange;
  adds?: readonly Addition[];
}

/** An offset; negative for a duplicate of that offset; 0 for a duplicate whose offset is forgotten. */
export type Outcome = number | Refusal;

/** Events that may wait to be folded. The more, the fewer times each page of `places` is written; a restart reads them again. */
const foldEvery = 32_768;

export class EventLog {
  /** Of every channel here. */
  readonly #epoch: string;
  /** Number of the newest event. */
  #lastN: number;
  /** Events up to here are in the derived tables. */
  #folded: number;
  readonly #transactions: Transactions;
  readonly #channels: Channels;
  readonly #marks: Marks;
  readonly #types: Types;
  readonly #registers: Registers;
  /** The round of folding under way: events up to `to`, in these channels. */
  #round: { to: number; states: Set<ChannelState> } | undefined;
  readonly #insert;
  readonly #since;
  readonly #place;
  readonly #foldedTo;
  readonly #knownEnd;

  constructor(
    db: DatabaseSync,
    parts: { transactions: Transactions; channels: Channels; marks: Marks; types: Types; registers: Registers },
    end: { epoch: string; lastN: number; folded: number },
  ) {
    this.#transactions = parts.transactions;
    this.#channels = parts.channels;
    this.#marks = parts.marks;
    this.#types = parts.types;
    this.#registers = parts.registers;
    this.#epoch = end.epoch;
    this.#lastN = end.lastN;
    this.#folded = end.folded;
    this.#insert = db.prepare(
      `INSERT INTO events (n, channel, offset, type, time, kept, key, producer, epoch, seq, body)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#since = db.prepare(
      `SELECT n, channel, offset, kept, key, producer, epoch, seq, octet_length(body) AS bytes
       FROM events WHERE n > ? ORDER BY n`,
    );
    // A round that a crash broke off may have placed it already.
    this.#place = db.prepare("INSERT OR IGNORE INTO places (channel, offset, n) VALUES (?, ?, ?)");
    this.#foldedTo = db.prepare("UPDATE meta SET value = ? WHERE key = 'folded'");
    this.#knownEnd = db.prepare("SELECT max(value) AS n FROM meta WHERE key IN ('folded', 'trimmed')");
  }

  get lastN(): number {
    return this.#lastN;
  }

  get foldDue(): boolean {
    return this.#round !== undefined || this.#lastN - this.#folded >= foldEvery;
  }

  /** Within a write transaction. */
  append(row: Row, nowMs: number): Outcome {
    const { producer, key } = row;
    const known = this.#channels.find(row.channel);
    const standing = producer && known && this.#marks.producer(known, producer.id);
    if (producer !== undefined) {
      const verdict = judgeProducer(standing, producer);
      if (verdict.is === "refused") return verdict;
      if (verdict.is === "duplicate") return -(verdict.offset ?? 0);
    }
    const repeated = key === null ? undefined : known && this.#marks.keys(known, nowMs).find(key, nowMs);
    if (row.expected !== undefined && repeated === undefined) {
      const moved = headRefusal(row.expected, { epoch: this.#epoch, offset: known?.top ?? 0 });
      if (moved !== undefined) return moved;
    }
    const change = repeated === undefined ? row.change : undefined;
    const conflict = change && this.#registers.refusal(change);
    if (conflict !== undefined) return conflict;
    const fence = change?.fence;
    if (fence !== undefined) {
      const standing = fence.producers.map((id) => known && this.#marks.producer(known, id));
      const fenced = fenceRefusal(fence, standing);
      if (fenced !== undefined) return fenced;
    }
    const state = known ?? this.#channels.create(row.channel, nowMs);
    const offset = repeated ?? this.#keep(state, row, nowMs);
    if (change !== undefined) this.#registers.change(change, offset, nowMs);
    // No event carries these steps, so that a replay could not find them.
    for (const id of fence?.producers ?? []) {
      this.#marks.moveProducer(state, id, beginningOf(fence?.epoch ?? 0, offset));
      this.#marks.writeProducer(state, id);
    }
    if (producer !== undefined) {
      this.#marks.moveProducer(state, producer.id, advanceProducer(standing, producer, offset));
      // No event carries this step, so that a replay could not find it.
      if (repeated !== undefined) this.#marks.writeProducer(state, producer.id);
    }
    if (repeated !== undefined) return -repeated;
    if (row.adds !== undefined) this.#registers.add(row.adds);
    if (key !== null) this.#marks.addKey(state, key, offset, nowMs);
    return offset;
  }

  /** Begins to write behind what appending left to do, if it left anything. */
  startFold(): void {
    if (this.#round === undefined && this.#folded < this.#lastN) {
      this.#round = { to: this.#lastN, states: new Set(this.#channels.moved) };
    }
  }

  /** Writes about `rows` rows of it. */
  foldStep(rows: number, nowMs: number): void {
    this.startFold();
    const round = this.#round;
    if (round === undefined) return;
    this.#transactions.run("NORMAL", () => {
      let room = rows;
      for (const state of round.states) {
        if (room <= 0) return;
        room -= this.#foldSome(state, room, nowMs);
        // What came after the round began is the next one's.
        if ((state.unfolded[0] ?? Number.POSITIVE_INFINITY) > round.to) round.states.delete(state);
      }
      if (round.states.size === 0) this.#foldedTo.run(round.to);
    });
    if (round.states.size > 0) return;
    this.#folded = round.to;
    this.#round = undefined;
    this.#channels.evict();
  }

  fold(nowMs: number): void {
    while (this.#folded < this.#lastN) this.foldStep(Number.POSITIVE_INFINITY, nowMs);
  }

  /** Within a write transaction: folds one channel, out of turn. */
  foldChannel(state: ChannelState, nowMs: number): void {
    if (state.unfolded.length > 0) this.#foldSome(state, Number.POSITIVE_INFINITY, nowMs);
  }

  /** After opening, or after a rollback: the states of channels from the log itself. */
  replay(): void {
    this.#types.forget();
    this.#channels.forget();
    this.#round = undefined;
    let last = Number(this.#knownEnd.get()?.n);
    const met = new Map<number, ChannelState | undefined>();
    for (const row of this.#since.iterate(this.#folded)) {
      const n = Number(row.n);
      last = Math.max(last, n);
      const id = Number(row.channel);
      const state = met.get(id) ?? this.#channels.byId(id);
      met.set(id, state);
      const offset = Number(row.offset);
      if (state === undefined || offset > state.top + 1) throw new Damaged(`event ${n} of the log has no place`);
      this.#replayOne(state, n, offset, row);
    }
    this.#lastN = last;
  }

  /** Within a write transaction. Returns how many rows it wrote, about. */
  #foldSome(state: ChannelState, room: number, nowMs: number): number {
    const some = state.unfolded.slice(0, room);
    let offset = state.top - state.unfolded.length;
    for (const n of some) this.#place.run(state.id, ++offset, n);
    state.unfolded = state.unfolded.slice(some.length);
    this.#channels.write(state);
    this.#marks.write(state, nowMs);
    if (state.unfolded.length === 0) this.#channels.moved.delete(state);
    return some.length + 1;
  }

  #replayOne(state: ChannelState, n: number, offset: number, row: Record<string, unknown>): void {
    const keptMs = Number(row.kept);
    // A trim may have written the channel's row ahead of the fold.
    if (offset > state.top) {
      state.top = offset;
      state.bytes += Number(row.bytes);
      state.updatedMs = keptMs;
      state.oldestMs ??= keptMs;
    }
    state.unfolded.push(n);
    this.#channels.moved.add(state);
    if (typeof row.producer === "string") {
      const producer = { id: row.producer, epoch: Number(row.epoch), seq: Number(row.seq) };
      this.#marks.replayProducer(state, producer, offset);
    }
    if (typeof row.key === "string") this.#marks.replayKey(state, row.key, offset, keptMs);
  }

  #keep(state: ChannelState, { type, timestampMs, body, key, producer }: Row, nowMs: number): number {
    const n = ++this.#lastN;
    const offset = ++state.top;
    this.#insert.run(
      n,
      state.id,
      offset,
      this.#types.idOf(type),
      timestampMs,
      nowMs,
      key === null ? null : storedKey(key),
      producer?.id ?? null,
      producer?.epoch ?? null,
      producer?.seq ?? null,
      body,
    );
    state.unfolded.push(n);
    state.bytes += Buffer.byteLength(body);
    state.updatedMs = nowMs;
    state.oldestMs ??= nowMs;
    this.#channels.moved.add(state);
    return offset;
  }
}
