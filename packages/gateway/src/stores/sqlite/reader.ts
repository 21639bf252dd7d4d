/** Reading: pages of a channel, listings, snapshots. */

import type { DatabaseSync } from "node:sqlite";
import type { SavedSnapshot, Trimmed } from "@signalbox/core";
import { sumBlocks } from "../trims.ts";
import type { ChannelState, Channels } from "./channels.ts";
import type { ReadAnswer, ReadAsk, WriterAsks } from "./messages.ts";
import { Damaged } from "./sqlite-errors.ts";
import { blockOf } from "./trimmer.ts";
import type { Types } from "./types.ts";

/** Rows fetched at a time, at most. */
const fetchedRows = 256;

export class Reader {
  readonly #channels: Channels;
  readonly #types: Types;
  readonly #folded;
  readonly #single;
  readonly #trims;
  readonly #names;
  readonly #snapshot;
  readonly #further;

  constructor(db: DatabaseSync, parts: { channels: Channels; types: Types }, hidden: readonly string[]) {
    this.#channels = parts.channels;
    this.#types = parts.types;
    this.#folded = db.prepare(
      `SELECT p.offset, e.type, e.time, e.body FROM places p JOIN events e ON e.n = p.n
       WHERE p.channel = ? AND p.offset BETWEEN ? AND ? ORDER BY p.offset`,
    );
    this.#single = db.prepare("SELECT offset, type, time, body FROM events WHERE n = ?");
    this.#trims = db.prepare("SELECT * FROM trims WHERE channel = ? AND last >= ? AND first <= ? ORDER BY first");
    const quoted = hidden.map((namespace) => `'${namespace.replaceAll("'", "''")}'`);
    // A range, not LIKE or GLOB: names are data, and `_` is a letter in them.
    this.#names = db.prepare(
      `SELECT c.*, coalesce(s.offset, 0) AS snapshot FROM channels c LEFT JOIN snapshots s ON s.channel = c.id
       WHERE c.name >= ? AND c.name < ? AND c.name > ? AND c.namespace NOT IN (${quoted.join(", ")})
       ORDER BY c.name LIMIT ?`,
    );
    this.#snapshot = db.prepare("SELECT offset, version, state FROM snapshots WHERE channel = ?");
    this.#further = db.prepare(
      "SELECT offset, version, state FROM further_snapshots WHERE channel = ? AND reducer = ?",
    );
  }

  read({ channel, after, limit, maxBytes }: ReadAsk): ReadAnswer {
    const state = this.#channels.find(channel);
    if (state === undefined) return { floor: 1, top: 0, first: 1, types: [], times: [], bodies: [] };
    const { floor, top } = state;
    const first = Math.max(after + 1, floor);
    const page: ReadAnswer = { floor, top, first, types: [], times: [], bodies: [] };
    let bytes = 0;
    // Bodies may be large: not many more of them are fetched than the page will hold.
    const fetched = Math.min(fetchedRows, Math.ceil((maxBytes * (top - floor + 1)) / Math.max(1, state.bytes)) + 1);
    for (const row of this.#rows(state, first, Math.min(top, first + limit - 1), fetched)) {
      const body = String(row.body);
      bytes += Buffer.byteLength(body);
      if (bytes > maxBytes && page.bodies.length > 0) break;
      if (row.offset !== first + page.bodies.length) throw new Damaged(`${channel} has a hole before ${row.offset}`);
      page.types.push(this.#types.nameOf(Number(row.type)));
      page.times.push(Number(row.time));
      page.bodies.push(body);
    }
    if (page.bodies.length === 0 && first <= top && limit > 0) throw new Damaged(`${channel} has no event ${first}`);
    return page;
  }

  trimmed(channel: string, from: number, to: number): Trimmed {
    const state = this.#channels.find(channel);
    const rows = state === undefined ? [] : this.#trims.all(state.id, from, to);
    return sumBlocks(rows.map(blockOf), from, to);
  }

  info(channel: string): WriterAsks["info"]["answer"] {
    const state = this.#channels.find(channel);
    return state && infoOf(state);
  }

  list(pattern: string, after: string, limit: number): WriterAsks["list"]["answer"] {
    const wildcard = pattern.endsWith("*");
    const from = wildcard ? pattern.slice(0, -1) : pattern;
    // Names have no character above `~`, and a name's successor is itself with the least character appended.
    const to = wildcard ? `${from}\x7f` : `${from}\x01`;
    const rows = this.#names.all(from, to, after, limit);
    return rows.map((row) => infoOf(this.#channels.ofRow(row)));
  }

  loadSnapshot(channel: string, reducer: string | undefined): Omit<SavedSnapshot, "epoch"> | undefined {
    const id = this.#channels.find(channel)?.id;
    if (id === undefined) return undefined;
    const row = reducer === undefined ? this.#snapshot.get(id) : this.#further.get(id, reducer);
    if (row === undefined) return undefined;
    const name = reducer === undefined ? {} : { reducer };
    return { channel, ...name, offset: Number(row.offset), version: Number(row.version), state: String(row.state) };
  }

  *#rows(state: ChannelState, from: number, to: number, fetched: number): Generator<Record<string, unknown>> {
    const folded = state.top - state.unfolded.length;
    for (let next = from; next <= Math.min(to, folded); next += fetched) {
      yield* this.#folded.all(state.id, next, Math.min(to, folded, next + fetched - 1));
    }
    for (let offset = Math.max(from, folded + 1); offset <= to; offset++) {
      const row = this.#single.get(state.unfolded[offset - folded - 1] ?? null);
      if (row === undefined) throw new Damaged(`${state.name} has no event ${offset}`);
      yield row;
    }
  }
}

const infoOf = (state: ChannelState): NonNullable<WriterAsks["info"]["answer"]> => ({
  channel: state.name,
  floor: state.floor,
  top: state.top,
  bytes: state.bytes,
  createdMs: state.createdMs,
  updatedMs: state.updatedMs,
});
