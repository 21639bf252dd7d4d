/** What the writer knows of each channel: read from the database once, ahead of it until the next fold. */

import type { DatabaseSync } from "node:sqlite";
import type { NamespaceOptions } from "@signalbox/core";
import type { KeyWindow, ProducerState } from "../dedupe.ts";
import { storedNamespace } from "../names.ts";
import type { Holding } from "../retention.ts";

export interface ChannelState extends Holding {
  id: number;
  name: string;
  /** `undefined` when the namespace is not declared any more: nothing is appended or trimmed then. */
  options: NamespaceOptions | undefined;
  createdMs: number;
  updatedMs: number;
  /** When the event at `floor` was kept; `undefined` while nothing is. */
  oldestMs: number | undefined;
  /** Log numbers of the newest events, those that `places` does not have yet; the last is at `top`. */
  unfolded: number[];
  /** Loaded with the first key. */
  keys: KeyWindow | undefined;
  /** Keys that are ahead of the database. */
  newKeys: { key: string; offset: number; keptMs: number }[] | undefined;
  /** Producers seen since this state was loaded. */
  producers: Map<string, ProducerState> | undefined;
  /** Those of them that are ahead of the database. */
  movedProducers: Set<string> | undefined;
}

/** States kept in memory when nothing ties them there, about 500 bytes each. */
const statesKept = 100_000;
/** States let in between two evictions: each looks at all. */
const evictEvery = 10_000;
/** Idempotency keys kept in memory over all channels, about 150 bytes each; the database has them too. */
const keysInMemory = 500_000;

export class Channels {
  /** States that are ahead of the database. */
  readonly moved = new Set<ChannelState>();
  readonly #states = new Map<string, ChannelState>();
  #evictAt = statesKept + evictEvery;
  readonly #namespaces: Readonly<Record<string, NamespaceOptions>>;
  readonly #findByName;
  readonly #findById;
  readonly #insert;
  readonly #update;

  constructor(db: DatabaseSync, namespaces: Readonly<Record<string, NamespaceOptions>>) {
    this.#namespaces = namespaces;
    const select =
      "SELECT c.*, coalesce(s.offset, 0) AS snapshot FROM channels c LEFT JOIN snapshots s ON s.channel = c.id";
    this.#findByName = db.prepare(`${select} WHERE c.name = ?`);
    this.#findById = db.prepare(`${select} WHERE c.id = ?`);
    this.#insert = db.prepare(
      `INSERT INTO channels (name, namespace, top, floor, bytes, created_ms, updated_ms)
       VALUES (?, ?, 0, 1, 0, ?, ?) RETURNING id`,
    );
    this.#update = db.prepare(
      "UPDATE channels SET top = ?, floor = ?, bytes = ?, oldest_ms = ?, updated_ms = ? WHERE id = ?",
    );
  }

  find(name: string): ChannelState | undefined {
    return this.#states.get(name) ?? this.#load(this.#findByName.get(name));
  }

  byId(id: number): ChannelState | undefined {
    const row = this.#findById.get(id);
    return this.#states.get(String(row?.name)) ?? this.#load(row);
  }

  /** The state of a listed row: the one in memory if there is one, since that may be ahead. */
  ofRow(row: Record<string, unknown>): ChannelState {
    return this.#states.get(String(row.name)) ?? this.#stateOf(row);
  }

  /** Within a write transaction. */
  create(name: string, nowMs: number): ChannelState {
    const id = Number(this.#insert.get(name, storedNamespace(name), nowMs, nowMs)?.id);
    const state = this.#stateOf({ id, name, top: 0, floor: 1, bytes: 0, created_ms: nowMs, updated_ms: nowMs });
    this.#states.set(name, state);
    return state;
  }

  /** Within a write transaction: the database's row becomes what is known here. */
  write(state: ChannelState): void {
    const { id, top, floor, bytes, oldestMs, updatedMs } = state;
    this.#update.run(top, floor, bytes, oldestMs ?? null, updatedMs, id);
  }

  /** Forgets what was loaded first, as far as the database has all of it. */
  evict(): void {
    for (const [name, state] of this.#states) {
      if (this.#states.size <= statesKept) break;
      if (!this.moved.has(state)) this.#states.delete(name);
    }
    this.#evictAt = Math.max(statesKept, this.#states.size) + evictEvery;
    let keys = 0;
    for (const state of this.#states.values()) keys += state.keys?.size ?? 0;
    for (const state of this.#states.values()) {
      if (keys <= keysInMemory) break;
      if (this.moved.has(state)) continue;
      keys -= state.keys?.size ?? 0;
      state.keys = undefined;
    }
  }

  /** After a rollback: the database alone is right. */
  forget(): void {
    this.#states.clear();
    this.moved.clear();
  }

  #load(row: Record<string, unknown> | undefined): ChannelState | undefined {
    if (row === undefined) return undefined;
    // Reading alone may bring in any number of channels.
    if (this.#states.size >= this.#evictAt) this.evict();
    const state = this.#stateOf(row);
    this.#states.set(state.name, state);
    return state;
  }

  #stateOf(row: Record<string, unknown>): ChannelState {
    const name = String(row.name);
    const namespace = storedNamespace(name);
    return {
      id: Number(row.id),
      name,
      options: Object.hasOwn(this.#namespaces, namespace) ? this.#namespaces[namespace] : undefined,
      floor: Number(row.floor),
      top: Number(row.top),
      bytes: Number(row.bytes),
      snapshot: Number(row.snapshot ?? 0),
      createdMs: Number(row.created_ms),
      updatedMs: Number(row.updated_ms),
      oldestMs: typeof row.oldest_ms === "number" ? row.oldest_ms : undefined,
      unfolded: [],
      keys: undefined,
      newKeys: undefined,
      producers: undefined,
      movedProducers: undefined,
    };
  }
}
