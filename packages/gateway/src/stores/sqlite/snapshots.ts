/** Saving what reducers made: with the events, so that a restart need not fold them again. */

import type { DatabaseSync } from "node:sqlite";
import type { SavedSnapshot } from "@signalbox/core";
import type { ChannelState, Channels } from "./channels.ts";
import type { Transactions } from "./transactions.ts";

export class Snapshots {
  readonly #transactions: Transactions;
  readonly #channels: Channels;
  readonly #epoch: string;
  readonly #put;

  constructor(db: DatabaseSync, parts: { transactions: Transactions; channels: Channels }, epoch: string) {
    this.#transactions = parts.transactions;
    this.#channels = parts.channels;
    this.#epoch = epoch;
    this.#put = db.prepare("INSERT OR REPLACE INTO snapshots (channel, offset, version, state) VALUES (?, ?, ?, ?)");
  }

  /** A snapshot of another epoch, of the future, or older than the saved one is not kept. Returns what changed. */
  save(batch: readonly SavedSnapshot[]): ChannelState[] {
    const saved: ChannelState[] = [];
    this.#transactions.run("NORMAL", () => {
      for (const { channel, epoch, offset, version, state: json } of batch) {
        const state = this.#channels.find(channel);
        if (state === undefined || epoch !== this.#epoch || offset > state.top || offset < state.snapshot) continue;
        this.#put.run(state.id, offset, version, json);
        state.snapshot = offset;
        saved.push(state);
      }
    });
    return saved;
  }
}
