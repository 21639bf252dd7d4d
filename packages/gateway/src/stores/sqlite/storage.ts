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
import { Registers } from "./registers.ts";
import { Snapshots } from "./snapshots.ts";
import { describe, isDamage } from "./sqlite-errors.ts";
import { Transactions } from "./transactions.ts";
import { Trimmer } from "./trimmer.ts";
import { Types } from "./types.ts";

/** Milliseconds between deletions of idempotency keys that do not count any more. */
const forgetKeysEveryMs = 60_000;
/** Rows folded at a time, at least: about 2 ms. */
const leastFolded = 1_000;

export class Storage {
  readonly epoch: string;
  readonly transactions: Transactions;
  readonly log: EventLog;
  readonly reader: Reader;
  readonly trimmer: Trimmer;
  readonly channels: Channels;
  readonly snapshots: Snapshots;
  readonly registers: Registers;
  readonly #db: DatabaseSync;
  readonly #files: Files;
  readonly #lock: Lock;
  readonly #head: Head;
  readonly #marks: Marks;
  readonly #warn: (message: string) => void;
  /** The newest event when this was last looked at. */
  #writtenBehindN: number;
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
      this.#warn = warn;
      this.#files = files;
      this.#lock = lock;
      this.#db = db;
      this.epoch = epoch;
      this.#writtenBehindN = lastN;
      const transactions = new Transactions(db, {
        ended: (error) => this.#onEnd(error),
        rolledBack: () => this.#onRollback(),
      });
      const channels = new Channels(db, namespaces);
      const types = new Types(db);
      this.#marks = new Marks(db);
      this.transactions = transactions;
      this.channels = channels;
      this.registers = new Registers(db);
      const kept = { marks: this.#marks, registers: this.registers };
      this.log = new EventLog(db, { transactions, channels, types, ...kept }, { epoch, lastN, folded });
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
    try {
      this.#head.advance(this.log.lastN);
    } catch (error) {
      throw this.transactions.fail(error);
    }
    return result;
  }

  /**
   * Writes behind a part of what is due; false when nothing is. The part grows with what was appended since the last one, so that
   * whatever the load, neither the fold nor retention falls behind it.
   */
  writeBehind(nowMs: number): boolean {
    const appended = this.log.lastN - this.#writtenBehindN;
    this.#writtenBehindN = this.log.lastN;
    if (this.transactions.failure !== undefined || !(this.log.foldDue || this.trimmer.due)) return false;
    if (this.log.foldDue) this.log.foldStep(Math.max(leastFolded, 2 * appended), nowMs);
    for (let trimmed = 0; this.trimmer.due && trimmed <= appended; ) trimmed += this.trimmer.step(nowMs);
    return true;
  }

  /** What time alone asks for. */
  tick(nowMs: number): void {
    if (this.transactions.failure !== undefined) return;
    this.log.startFold();
    this.trimmer.tick();
    if (Math.abs(nowMs - this.#keysForgottenMs) < forgetKeysEveryMs) return;
    this.#keysForgottenMs = nowMs;
    this.transactions.run("NORMAL", () => {
      this.#marks.forgetOldKeys(nowMs);
      this.registers.forgetClosed(nowMs);
    });
  }

  /** After damage or a fault of our own: nothing more is written. */
  fail(error: unknown): void {
    this.transactions.fail(error);
  }

  /** Throws when what was acknowledged could not be made durable. */
  close(nowMs: number): void {
    try {
      if (this.transactions.failure !== undefined) return;
      this.#syncLog();
      this.#tidy(nowMs);
      this.#head.close(this.log.lastN);
    } finally {
      this.#db.close();
      this.#lock.release();
    }
  }

  /** Spares the next opening some work; without it nothing is lost. */
  #tidy(nowMs: number): void {
    try {
      this.log.fold(nowMs);
      this.#db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    } catch (error) {
      this.#warn(`Closing left work to the next start: ${describe(error)}`);
    }
  }

  #onEnd(error: unknown): void {
    this.#warn(`Writing ended: ${describe(error)}`);
    // The next opening checks the whole file.
    if (isDamage(error)) markSuspect(this.#files, error);
  }

  /** What was known of uncommitted events is wrong now; the database is right. */
  #onRollback(): void {
    try {
      this.log.replay();
    } catch (error) {
      this.#warn(`Reading fails too: ${describe(error)}`);
      this.transactions.fail(error);
    }
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
