/** Write transactions, and the end of them: after one failed, no other is begun until the store is reopened. */
import type { DatabaseSync } from "node:sqlite";
import { describe } from "./sqlite-errors.ts";

/** FULL: the commit is forced to disk before it returns. NORMAL: it survives this process, not a power cut. */
export type Sync = "FULL" | "NORMAL";

export class Transactions {
  readonly #db: DatabaseSync;
  readonly #begin;
  readonly #commit;
  #sync: Sync = "FULL";
  #failure: string | undefined;
  /** Told once, with what ended the writing. */
  readonly #onFailure: (error: unknown) => void;

  constructor(db: DatabaseSync, onFailure: (error: unknown) => void) {
    this.#db = db;
    this.#begin = db.prepare("BEGIN IMMEDIATE");
    this.#commit = db.prepare("COMMIT");
    this.#onFailure = onFailure;
  }

  /** Why nothing more is written; `undefined` while all is well. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** All of `work`, or nothing. */
  run<Result>(sync: Sync, work: () => Result): Result {
    if (this.#failure !== undefined) throw new WritesEnded(this.#failure);
    return this.guard(() => {
      this.#level(sync);
      this.#begin.run();
      const result = work();
      this.#commit.run();
      return result;
    });
  }

  /** A fault in `work` ends all writing. */
  guard<Result>(work: () => Result): Result {
    try {
      return work();
    } catch (error) {
      this.fail(error);
      throw new WritesEnded(describe(error));
    }
  }

  /** A failed write is not tried again: after a failed fsync the kernel may have dropped what it could not write. */
  fail(error: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = describe(error);
    try {
      this.#db.exec("ROLLBACK");
    } catch {
      // SQLite rolled back by itself, as it does when the disk is full.
    }
    this.#onFailure(error);
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
