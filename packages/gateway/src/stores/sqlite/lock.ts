/** One gateway per data directory: a lock that the system lets go when its holder dies, however it dies. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { isBusy } from "./sqlite-errors.ts";

export interface Lock {
  release(): void;
}

/**
 * Holds an exclusive transaction on a small database of its own. The file `lock.pid` only says who holds it: reading
 * `lock.db` itself from the holding process would drop POSIX locks.
 */
export function takeLock(directory: string): Lock {
  const db = new DatabaseSync(join(directory, "lock.db"));
  const pidFile = join(directory, "lock.pid");
  try {
    // In memory: a rollback journal left by a killed holder would have to be rolled back by the next one.
    db.exec("PRAGMA journal_mode = MEMORY; PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE");
  } catch (error) {
    db.close();
    if (!isBusy(error)) throw error;
    throw new Error(
      `${directory} is in use by ${holder(pidFile)}. Stop it, or choose another data directory (SIGNALBOX_DATA_DIR).`,
    );
  }
  writeFileSync(pidFile, `${process.pid}\n`);
  return {
    release(): void {
      rmSync(pidFile, { force: true });
      db.close();
    },
  };
}

function holder(pidFile: string): string {
  try {
    const pid = Number(readFileSync(pidFile, "utf8"));
    if (pid === process.pid) return `this process (pid ${pid}), which opened it before`;
    if (Number.isSafeInteger(pid) && pid > 0) return `another gateway (pid ${pid})`;
  } catch {
    // Between taking the lock and writing the file there is none yet.
  }
  return "another gateway";
}
