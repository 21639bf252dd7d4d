/** The database and everything that works on it, opened and put together. */
import { closeSync, existsSync, fsyncSync, openSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { Channels } from "./channels.ts";
import { type Files, filesIn, makeDirectory, markSuspect, openDatabase, openOrReplace } from "./database.ts";
import { EventLog } from "./event-log.ts";
import { Head } from "./head.ts";
import { type Lock, takeLock } from "./lock.ts";
import { Marks } from "./marks.ts";
import type { WriterData } from "./messages.ts";
import { Reader } from "./reader.ts";
import { Snapshots } from "./snapshots.ts";
import { isDamage } from "./sqlite-errors.ts";
import { Transactions } from "./transactions.ts";
import { Trimmer } from "./trimmer.ts";
import { Types } from "./types.ts";

/** Milliseconds between deletions of idempotency keys that do not count any more. */
const forgetKeysEveryMs = 60_000;

export class Storage {
  readonly epoch: string;
  readonly transactions: Transactions;
  readonly log: EventLog;
  readonly reader: Reader;
  readonly trimmer: Trimmer;
  readonly channels: Channels;
  readonly snapshots: Snapshots;
  readonly #db: DatabaseSync;
  readonly #files: Files;
  readonly #lock: Lock;
  readonly #head: Head;
  readonly #marks: Marks;
  #keysForgottenMs = Number.NEGATIVE_INFINITY;

  /** Throws when the directory is in use, the schema is newer, or the disk gives errors. */
  static open({ directory, namespaces }: WriterData, warn: (message: string) => void): Storage {
    makeDirectory(directory);
    const files = filesIn(directory);
    const lock = takeLock(directory);
    try {
      return openOrReplace(files, () => new Storage(files, lock, namespaces, warn), warn);
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  private constructor(files: Files, lock: Lock, namespaces: WriterData["namespaces"], warn: (message: string) => void) {
    const { db, epoch, lastN, folded } = openDatabase(files, warn);
    try {
      this.#files = files;
      this.#lock = lock;
      this.#db = db;
      this.epoch = epoch;
      const transactions = new Transactions(db, (error) => this.#onFailure(error));
      const channels = new Channels(db, namespaces);
      const types = new Types(db);
      this.#marks = new Marks(db);
      this.transactions = transactions;
      this.channels = channels;
      this.log = new EventLog(db, { transactions, channels, types, marks: this.#marks }, { lastN, folded });
      this.log.replay();
      const declared = Object.entries(namespaces);
      const volatile = declared.filter(([, { durability }]) => durability === "memory").map(([name]) => name);
      this.reader = new Reader(db, { channels, types }, volatile);
      this.trimmer = new Trimmer(db, { transactions, channels, types, log: this.log }, namespaces);
      this.snapshots = new Snapshots(db, { transactions, channels }, epoch);
      const unsynced = declared.some(([, { durability }]) => durability === "os");
      this.#head = new Head(files.head, { epoch, lastN }, unsynced);
    } catch (error) {
      db.close();
      throw error;
    }
  }

  /** All of `work`, or nothing; then the head file knows of it. */
  append<Result>(fsync: boolean, work: () => Result): Result {
    const result = this.transactions.run(fsync ? "FULL" : "NORMAL", work);
    this.transactions.guard(() => this.#head.advance(this.log.lastN));
    return result;
  }

  /** Writes behind one slice of what is due; false when nothing is. */
  writeBehind(nowMs: number): boolean {
    if (this.transactions.failure !== undefined) return false;
    if (this.log.foldDue) this.log.foldStep(nowMs);
    else if (this.trimmer.due) this.trimmer.step(nowMs);
    else return false;
    return true;
  }

  /** What time alone asks for. */
  tick(nowMs: number): void {
    if (this.transactions.failure !== undefined) return;
    this.log.startFold();
    if (Math.abs(nowMs - this.#keysForgottenMs) < forgetKeysEveryMs) return;
    this.#keysForgottenMs = nowMs;
    this.transactions.run("NORMAL", () => this.#marks.forgetOldKeys(nowMs));
  }

  /** A read met damage: nothing more is written, and the next opening checks the whole file. */
  damaged(error: unknown): void {
    this.transactions.fail(error);
  }

  close(nowMs: number): void {
    try {
      if (this.transactions.failure === undefined) {
        this.log.fold(nowMs);
        this.#syncLog();
        this.#db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
        this.#head.close(this.log.lastN);
      }
    } finally {
      this.#db.close();
      this.#lock.release();
    }
  }

  #onFailure(error: unknown): void {
    if (isDamage(error)) markSuspect(this.#files, error);
    // What was known of uncommitted events is wrong now; the database is right, and can still be read.
    this.log.replay();
  }

  /** Commits of `os` durability are not forced to disk one by one: here they are, together. */
  #syncLog(): void {
    const file = `${this.#files.database}-wal`;
    if (!existsSync(file)) return;
    const fd = openSync(file, "r+");
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  }
}
