/** Deduplication of each channel, with its state in the database. */

import type { DatabaseSync } from "node:sqlite";
import type { Producer } from "@signalbox/core";
import { limits } from "@signalbox/protocol";
import { KeyWindow, type ProducerState, producersKept } from "../dedupe.ts";
import type { ChannelState } from "./channels.ts";

export class Marks {
  readonly #findProducer;
  readonly #putProducer;
  readonly #countProducers;
  readonly #forgetSilent;
  readonly #findKeys;
  readonly #putKey;
  readonly #forgetKeysBelow;
  readonly #forgetOldKeys;

  constructor(db: DatabaseSync) {
    this.#findProducer = db.prepare("SELECT epoch, seq, offset FROM producers WHERE channel = ? AND producer = ?");
    this.#putProducer = db.prepare(
      `INSERT INTO producers (channel, producer, epoch, seq, offset) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET epoch = excluded.epoch, seq = excluded.seq, offset = excluded.offset`,
    );
    this.#countProducers = db.prepare("SELECT count(*) AS count FROM producers WHERE channel = ?");
    this.#forgetSilent = db.prepare(
      `DELETE FROM producers WHERE channel = ?1 AND producer IN
       (SELECT producer FROM producers WHERE channel = ?1 ORDER BY offset DESC LIMIT -1 OFFSET ${producersKept})`,
    );
    this.#findKeys = db.prepare(
      `SELECT * FROM (SELECT offset, kept, key FROM idempotency WHERE channel = ? AND kept > ?
       ORDER BY offset DESC LIMIT ${limits.idempotencyKeys.default}) ORDER BY offset`,
    );
    // A fold that a crash broke off may have put it already.
    this.#putKey = db.prepare("INSERT OR IGNORE INTO idempotency (channel, offset, kept, key) VALUES (?, ?, ?, ?)");
    this.#forgetKeysBelow = db.prepare("DELETE FROM idempotency WHERE channel = ? AND offset < ?");
    this.#forgetOldKeys = db.prepare(
      "DELETE FROM idempotency WHERE (channel, offset) IN (SELECT channel, offset FROM idempotency WHERE kept <= ? LIMIT 1000)",
    );
  }

  producer(state: ChannelState, id: string): ProducerState | undefined {
    const known = state.producers?.get(id);
    if (known !== undefined) return known;
    const row = this.#findProducer.get(state.id, id);
    if (row === undefined) return undefined;
    const offset = Number(row.offset);
    const found = { epoch: Number(row.epoch), seq: Number(row.seq), offset, recent: [offset] };
    state.producers ??= new Map();
    state.producers.set(id, found);
    return found;
  }

  /** In memory; `write` or `writeProducer` makes it last. */
  moveProducer(state: ChannelState, id: string, to: ProducerState): void {
    state.producers ??= new Map();
    state.producers.set(id, to);
    state.movedProducers ??= new Set();
    state.movedProducers.add(id);
  }

  /** An event read again after a crash. */
  replayProducer(state: ChannelState, { id, epoch, seq }: Producer, offset: number): void {
    const known = this.producer(state, id);
    if (known !== undefined && (known.epoch > epoch || (known.epoch === epoch && known.seq >= seq))) return;
    const recent = known?.epoch === epoch ? [...known.recent, offset] : [offset];
    this.moveProducer(state, id, { epoch, seq, offset, recent });
  }

  keys(state: ChannelState, nowMs: number): KeyWindow {
    if (state.keys !== undefined) return state.keys;
    const window = new KeyWindow();
    for (const row of this.#findKeys.all(state.id, nowMs - limits.idempotencyMs.default)) {
      window.add(keyOf(String(row.key)), Number(row.offset), Number(row.kept));
    }
    state.keys = window;
    return window;
  }

  /** In memory; `write` makes it last. */
  addKey(state: ChannelState, key: string, offset: number, keptMs: number): void {
    this.keys(state, keptMs).add(key, offset, keptMs);
    state.newKeys ??= [];
    state.newKeys.push({ key, offset, keptMs });
  }

  /** An event read again after a crash; `key` as stored. */
  replayKey(state: ChannelState, key: string, offset: number, keptMs: number): void {
    this.addKey(state, keyOf(key), offset, keptMs);
  }

  /** Within a write transaction. */
  writeProducer(state: ChannelState, id: string): void {
    const known = state.producers?.get(id);
    if (known !== undefined) this.#putProducer.run(state.id, id, known.epoch, known.seq, known.offset);
  }

  /** Within a write transaction: the database's rows become what is known here. */
  write(state: ChannelState, nowMs: number): void {
    if (state.movedProducers !== undefined) {
      for (const id of state.movedProducers) this.writeProducer(state, id);
      state.movedProducers = undefined;
      if (Number(this.#countProducers.get(state.id)?.count) > producersKept) this.#forgetSilent.run(state.id);
      if ((state.producers?.size ?? 0) > producersKept) state.producers = undefined;
    }
    if (state.keys !== undefined) {
      for (const { key, offset, keptMs } of state.newKeys ?? []) {
        this.#putKey.run(state.id, offset, keptMs, storedKey(key));
      }
      state.newKeys = undefined;
      this.#forgetKeysBelow.run(state.id, state.keys.oldestOffset(nowMs) ?? state.top + 1);
    }
  }

  /** Within a write transaction: keys of channels that nobody publishes to any more. */
  forgetOldKeys(nowMs: number): void {
    this.#forgetOldKeys.run(nowMs - limits.idempotencyMs.default);
  }
}

/**
 * A key as SQLite can hold it: text that UTF-8 cannot spell, or that has a NUL, is kept as JSON. So is what begins
 * with a quotation mark, or two keys could look alike.
 */
export const storedKey = (key: string): string => (/^"|[\0\ud800-\udfff]/u.test(key) ? JSON.stringify(key) : key);

const keyOf = (stored: string): string => (stored.startsWith('"') ? String(JSON.parse(stored)) : stored);
