/** The log of events: appending to it, folding it into the derived tables, reading its end again after a crash. */

import type { DatabaseSync } from "node:sqlite";
import type { Producer } from "@signalbox/core";
import { advanceProducer, judgeProducer, type Refusal } from "../dedupe.ts";
import type { ChannelState, Channels } from "./channels.ts";
import { type Marks, storedKey } from "./marks.ts";
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
}

/** An offset; negative for a duplicate of that offset; 0 for a duplicate whose offset is forgotten. */
export type Outcome = number | Refusal;

/** A fold takes about 1.5 µs an event: more of them at once write each page of `places` fewer times. */
const foldEvery = 8_192;

export class EventLog {
  /** Number of the newest event. */
  #lastN: number;
  /** Events up to here are in the derived tables. */
  #folded: number;
  readonly #transactions: Transactions;
  readonly #channels: Channels;
  readonly #marks: Marks;
  readonly #types: Types;
  readonly #insert;
  readonly #since;
  readonly #foldPlaces;
  readonly #foldKeys;
  readonly #foldedTo;

  constructor(
    db: DatabaseSync,
    parts: { transactions: Transactions; channels: Channels; marks: Marks; types: Types },
    end: { lastN: number; folded: number },
  ) {
    this.#transactions = parts.transactions;
    this.#channels = parts.channels;
    this.#marks = parts.marks;
    this.#types = parts.types;
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
    this.#foldPlaces = db.prepare(
      "INSERT INTO places SELECT channel, offset, n FROM events WHERE n > ? ORDER BY channel, offset",
    );
    this.#foldKeys = db.prepare(
      `INSERT INTO idempotency SELECT channel, offset, kept, key FROM events WHERE n > ? AND key IS NOT NULL
       ORDER BY channel, offset`,
    );
    this.#foldedTo = db.prepare("UPDATE meta SET value = ? WHERE key = 'folded'");
  }

  get lastN(): number {
    return this.#lastN;
  }

  get unfolded(): number {
    return this.#lastN - this.#folded;
  }

  get foldDue(): boolean {
    return this.unfolded >= foldEvery;
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
    const state = known ?? this.#channels.create(row.channel, nowMs);
    const offset = repeated ?? this.#keep(state, row, nowMs);
    if (producer !== undefined) {
      this.#marks.moveProducer(state, producer.id, advanceProducer(standing, producer, offset));
      // No event carries this step, so that a replay could not find it.
      if (repeated !== undefined) this.#marks.writeProducer(state, producer.id);
    }
    if (repeated !== undefined) return -repeated;
    if (key !== null) this.#marks.keys(state, nowMs).add(key, offset, nowMs);
    return offset;
  }

  /** Writes behind what appending left to do. */
  fold(nowMs: number): void {
    if (this.unfolded === 0) return;
    this.#transactions.run("NORMAL", () => {
      this.#foldPlaces.run(this.#folded);
      this.#foldKeys.run(this.#folded);
      for (const state of this.#channels.moved) {
        this.#channels.write(state);
        this.#marks.write(state, nowMs);
      }
      this.#foldedTo.run(this.#lastN);
    });
    this.#folded = this.#lastN;
    for (const state of this.#channels.moved) state.unfolded = [];
    this.#channels.moved.clear();
    this.#channels.evict();
  }

  /** After opening, or after a rollback: the states of channels from the log itself. */
  replay(): void {
    this.#types.forget();
    this.#channels.forget();
    let last = this.#folded;
    for (const row of this.#since.iterate(this.#folded)) {
      last = Number(row.n);
      const state = this.#channels.byId(Number(row.channel));
      const offset = Number(row.offset);
      if (state === undefined || offset > state.top + 1) throw new Damaged(`event ${last} of the log has no place`);
      this.#replayOne(state, last, offset, row);
    }
    this.#lastN = Math.max(last, this.#folded);
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
