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
  readonly #putFurther;

  constructor(db: DatabaseSync, parts: { transactions: Transactions; channels: Channels }, epoch: string) {
    this.#transactions = parts.transactions;
    this.#channels = parts.channels;
    this.#epoch = epoch;
    this.#put = db.prepare("INSERT OR REPLACE INTO snapshots (channel, offset, version, state) VALUES (?, ?, ?, ?)");
    this.#putFurther = db.prepare(
      `INSERT INTO further_snapshots (channel, reducer, offset, version, state) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET offset = excluded.offset, version = excluded.version, state = excluded.state
       WHERE excluded.offset >= further_snapshots.offset`,
    );
  }

  /**
   * A snapshot of another epoch, of the future, or older than the saved one is not kept. Returns the channels whose events need not be
   * spared any more: those of further reducers spare none.
   */
  save(batch: readonly SavedSnapshot[]): ChannelState[] {
    const saved: ChannelState[] = [];
    this.#transactions.run("NORMAL", () => {
      for (const { channel, reducer, epoch, offset, version, state: json } of batch) {
        const state = this.#channels.find(channel);
        if (state === undefined || epoch !== this.#epoch || offset > state.top) continue;
        if (reducer !== undefined) {
          this.#putFurther.run(state.id, reducer, offset, version, json);
          continue;
        }
        if (offset < state.snapshot) continue;
        this.#put.run(state.id, offset, version, json);
        state.snapshot = offset;
        saved.push(state);
      }
    });
    return saved;
  }
}
