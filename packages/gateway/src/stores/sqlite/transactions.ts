/** Write transactions, and the end of them: after one failed, no other is begun until the store is reopened. */
import type { DatabaseSync } from "node:sqlite";
import { describe, endsWriting } from "./sqlite-errors.ts";

/** FULL: the commit is forced to disk before it returns. NORMAL: it survives this process, not a power cut. */
export type Sync = "FULL" | "NORMAL";

/** Told what becomes of the database; in that order, when both. */
export interface Watcher {
  /** Nothing is written any more. */
  ended(error: unknown): void;
  /** What a transaction changed in memory is not in the database. */
  rolledBack(): void;
}

export class Transactions {
  readonly #db: DatabaseSync;
  readonly #watcher: Watcher;
  readonly #begin;
  readonly #commit;
  #sync: Sync = "NORMAL";
  #failure: string | undefined;

  constructor(db: DatabaseSync, watcher: Watcher) {
    this.#db = db;
    this.#watcher = watcher;
    this.#begin = db.prepare("BEGIN IMMEDIATE");
    this.#commit = db.prepare("COMMIT");
  }

  /** Why nothing more is written; `undefined` while all is well. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** All of `work`, or nothing. Throws WritesEnded once the disk failed; any other fault costs this transaction only. */
  run<Result>(sync: Sync, work: () => Result): Result {
    if (this.#failure !== undefined) throw new WritesEnded(this.#failure);
    try {
      this.#level(sync);
      this.#begin.run();
      const result = work();
      this.#commit.run();
      return result;
    } catch (error) {
      if (endsWriting(error)) throw this.fail(error);
      this.#rollBack();
      throw error;
    }
  }

  /** A failed write is not tried again: after a failed fsync the kernel may have dropped what it could not write. */
  fail(error: unknown): WritesEnded {
    if (this.#failure === undefined) {
      this.#failure = describe(error);
      this.#watcher.ended(error);
      this.#rollBack();
    }
    return new WritesEnded(this.#failure);
  }

  #rollBack(): void {
    try {
      this.#db.exec("ROLLBACK");
    } catch {
      // SQLite rolled back by itself, as it does when the disk is full, or nothing was begun.
    }
    this.#watcher.rolledBack();
  }

  #level(sync: Sync): void {
    if (this.#sync === sync) return;
    this.#db.exec(`PRAGMA synchronous = ${sync}`);
    this.#sync = sync;
  }
}

export class WritesEnded extends Error {
  override name = "WritesEnded";
}
