/** What SQLite's errors mean for us. */

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

/** SQLite's primary result code; `undefined` when the error is not SQLite's. */
function sqliteCode(error: unknown): number | undefined {
  return isObject(error) && typeof error.errcode === "number" ? error.errcode & 0xff : undefined;
}

const busy = 5;
const corrupt = 11;
const notADatabase = 26;

export const isBusy = (error: unknown): boolean => sqliteCode(error) === busy;

/** The file does not hold what SQLite wrote there. */
export class Damaged extends Error {
  override name = "Damaged";
}

export function isDamage(error: unknown): boolean {
  const code = sqliteCode(error);
  return code === corrupt || code === notADatabase || error instanceof Damaged;
}

/** Busy, locked, too big, constraint, mismatch, range: the fault of a program or a value, not of the disk. */
const passing: readonly number[] = [busy, 6, 18, 19, 20, 25];

/** Can nothing be promised after this error of a write? */
export function endsWriting(error: unknown): boolean {
  const code = sqliteCode(error);
  return code === undefined ? error instanceof Damaged : !passing.includes(code);
}

const advice: Readonly<Record<number, string>> = {
  [busy]: "another program holds a lock on the database: close it",
  8: "the data directory cannot be written: check its permissions",
  10: "the disk gave an I/O error: check it and the system's log",
  [corrupt]: "the database file is damaged: a restart sets it aside and begins a new history",
  13: "the disk is full: free some space",
  14: "a database file could not be opened: check the data directory and the number of open files",
  [notADatabase]: "the database file is damaged: a restart sets it aside and begins a new history",
};

/** One line for people: what happened and what to do. */
export function describe(error: unknown): string {
  const message = (error instanceof Error ? error.message : String(error)).replace(/\s+/g, " ");
  const extended = isObject(error) && typeof error.errcode === "number" ? ` (SQLite ${error.errcode})` : "";
  const advised = advice[sqliteCode(error) ?? (error instanceof Damaged ? corrupt : -1)];
  return `${message}${extended}${advised === undefined ? "" : `; ${advised}`}`;
}
