/** Registers: compared and set within the transaction that keeps the event. */
import type { DatabaseSync } from "node:sqlite";
import type { Addition, RegisterChange, RegisterQuery } from "@signalbox/core";
import { limits } from "@signalbox/protocol";
import { registersBytes, sumOf } from "../registers.ts";
import { conflict } from "../volatile-registers.ts";
import type { StoredRegister } from "./messages.ts";

/** Closed registers forgotten at a time. */
const forgottenAtOnce = 1_000;

export class Registers {
  readonly #find;
  readonly #put;
  readonly #countsOf;
  readonly #count;
  readonly #delete;
  readonly #all;
  readonly #open;
  readonly #forget;

  constructor(db: DatabaseSync) {
    this.#find = db.prepare("SELECT key, version, offset, value, counts FROM registers WHERE key = ?");
    this.#put = db.prepare(
      `INSERT INTO registers (key, version, open, changed_ms, offset, value, counts) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET version = excluded.version, open = excluded.open, changed_ms = excluded.changed_ms,
         offset = excluded.offset, value = excluded.value, counts = coalesce(excluded.counts, counts)`,
    );
    this.#countsOf = db.prepare("SELECT counts FROM registers WHERE key = ? AND counts IS NOT NULL");
    this.#count = db.prepare("UPDATE registers SET counts = ? WHERE key = ?");
    this.#delete = db.prepare("DELETE FROM registers WHERE key = ?");
    const page = (which: string) =>
      db.prepare(
        `SELECT key, version, offset, value, counts FROM registers
         WHERE key >= ? AND key < ? AND key > ? ${which} ORDER BY key LIMIT ?`,
      );
    this.#all = page("");
    this.#open = page("AND open = 1");
    this.#forget = db.prepare(
      `DELETE FROM registers WHERE open = 0 AND key IN
       (SELECT key FROM registers WHERE open = 0 AND changed_ms <= ? ORDER BY changed_ms LIMIT ${forgottenAtOnce})`,
    );
  }

  /** Why the change cannot be made now; `undefined` if it can. */
  refusal({ key, from }: RegisterChange): ReturnType<typeof conflict> | undefined {
    const found = this.get(key);
    return (found?.version ?? 0) === from ? undefined : conflict(found);
  }

  /** Within the write transaction of its event. */
  change({ key, from, value, open, counts }: RegisterChange, offset: number, nowMs: number): void {
    if (value === undefined) this.#delete.run(key);
    else this.#put.run(key, from + 1, open ? 1 : 0, nowMs, offset, value, counts ? JSON.stringify(counts) : null);
  }

  /** Within the write transaction of its event. */
  add(adds: readonly Addition[]): void {
    for (const { key, amounts } of adds) {
      const row = this.#countsOf.get(key);
      if (row !== undefined) this.#count.run(JSON.stringify(sumOf(countsIn(row.counts), amounts)), key);
    }
  }

  get(key: string): StoredRegister | undefined {
    const row = this.#find.get(key);
    return row && registerOf(row);
  }

  list({ prefix, after, limit, open }: RegisterQuery): StoredRegister[] {
    const found: StoredRegister[] = [];
    let bytes = 0;
    const rows = open === true ? this.#open : this.#all;
    // Keys have no character above `~`.
    for (const row of rows.iterate(prefix, `${prefix}\x7f`, after, limit)) {
      const register = registerOf(row);
      bytes += register.value.length;
      if (bytes > registersBytes && found.length > 0) break;
      found.push(register);
    }
    return found;
  }

  /** Within a write transaction: some of those that ended long ago. */
  forgetClosed(nowMs: number): void {
    this.#forget.run(nowMs - limits.steeringKeptMs.default);
  }
}

const registerOf = (row: Record<string, unknown>): StoredRegister => ({
  key: String(row.key),
  version: Number(row.version),
  value: String(row.value),
  offset: Number(row.offset),
  ...(row.counts === null ? {} : { counts: countsIn(row.counts) }),
});

/** Written here. */
const countsIn = (text: unknown): number[] => JSON.parse(String(text)) as number[];
