/** Opens the database file: checks it, sets a damaged one aside, knows its epoch and its end. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { newEpoch } from "../epoch.ts";
import { type DatabaseEnd, lostHistory } from "./head.ts";
import { migrate } from "./migrations.ts";
import { Damaged, describe, isDamage } from "./sqlite-errors.ts";

export interface Files {
  directory: string;
  database: string;
  head: string;
  /** Present after damage was met while running: the next opening checks the whole file. */
  suspect: string;
}

export interface Opened extends DatabaseEnd {
  db: DatabaseSync;
  /** Events up to here are in the derived tables. */
  folded: number;
}

/** Larger files are only checked whole when suspect: it takes about a second per 500 MB. */
const checkedBytes = 16 * 1_048_576;

export function filesIn(directory: string): Files {
  const database = join(directory, "signalbox.db");
  return { directory, database, head: join(directory, "signalbox.head"), suspect: `${database}.suspect` };
}

/** Only its owner may enter a directory made here: events hold what agents say and do. */
export function makeDirectory(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
}

/** Opens with `open`; if the file turns out to be damaged, sets it aside and opens a new one. */
export function openOrReplace<Result>(files: Files, open: () => Result, warn: (message: string) => void): Result {
  try {
    return open();
  } catch (error) {
    if (!isDamage(error)) throw error;
    const aside = setAside(files);
    warn(
      `${files.database} is damaged (${describe(error)}). It was set aside as ${aside}; ` +
        "a new database with a new epoch begins, and every viewer is told that earlier history is gone.",
    );
    return open();
  }
}

export function openDatabase(files: Files, warn: (message: string) => void): Opened {
  const fresh = !existsSync(files.database);
  if (fresh) forgetOldFiles(files, warn);
  const db = new DatabaseSync(files.database);
  try {
    db.exec(`
      PRAGMA busy_timeout = 5000;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;        -- an append raises it
      PRAGMA cache_size = -32768;         -- KiB
      PRAGMA wal_autocheckpoint = 4000;   -- pages
      PRAGMA journal_size_limit = 67108864;
      PRAGMA temp_store = MEMORY;
      PRAGMA cell_size_check = ON;
      PRAGMA trusted_schema = OFF;
    `);
    check(db, files);
    migrate(db, files.database);
    db.prepare("INSERT OR IGNORE INTO meta VALUES ('epoch', ?), ('folded', 0), ('trimmed', 0)").run(newEpoch());
    if (fresh) syncDirectory(files.directory);
    return { db, ...endOf(db, files, warn) };
  } catch (error) {
    db.close();
    throw error;
  }
}

function check(db: DatabaseSync, { database, suspect }: Files): void {
  const suspected = existsSync(suspect);
  if (!suspected && statSync(database).size > checkedBytes) return;
  const found = db.prepare("PRAGMA quick_check(1)").get()?.quick_check;
  if (found !== "ok") throw new Damaged(`quick_check: ${found}`);
  if (suspected) rmSync(suspect);
}

function endOf(db: DatabaseSync, files: Files, warn: (message: string) => void): Omit<Opened, "db"> {
  const meta = db.prepare("SELECT value FROM meta WHERE key = ?");
  const folded = Number(meta.get("folded")?.value);
  const newest = Number(db.prepare("SELECT max(n) AS n FROM events").get()?.n ?? 0);
  // The newest events may have been trimmed.
  const lastN = Math.max(newest, folded, Number(meta.get("trimmed")?.value));
  const end = { epoch: String(meta.get("epoch")?.value), lastN };
  const lost = lostHistory(files.head, end);
  if (lost !== undefined) {
    const epoch = newEpoch();
    warn(`History may be missing: ${lost}. What is there is kept, under the new epoch ${epoch}; every viewer is told.`);
    end.epoch = epoch;
    db.prepare("UPDATE meta SET value = ? WHERE key = 'epoch'").run(epoch);
  }
  return { ...end, folded };
}

/** Leaves a mark for the next opening. */
export function markSuspect(files: Files, error: unknown): void {
  writeFileSync(files.suspect, `${describe(error)}\n`);
}

function setAside(files: Files): string {
  const aside = `${files.database}.corrupt-${new Date().toISOString().replace(/[:.]/g, "-")}`;
  renameSync(files.database, aside);
  // Its log belongs to it: whoever tries to save something needs both.
  if (existsSync(`${files.database}-wal`)) renameSync(`${files.database}-wal`, `${aside}-wal`);
  for (const file of [`${files.database}-shm`, files.suspect, files.head]) rmSync(file, { force: true });
  return aside;
}

/** The log of a database that is gone must not be played into a new one. */
function forgetOldFiles(files: Files, warn: (message: string) => void): void {
  if (existsSync(files.head)) warn(`${files.database} is gone: a new database with a new epoch begins.`);
  const rest = [`${files.database}-wal`, `${files.database}-shm`, files.suspect, files.head];
  for (const file of rest) rmSync(file, { force: true });
}

/** So that the new file's name survives a power cut as well as its content. */
function syncDirectory(directory: string): void {
  const fd = openSync(directory, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
