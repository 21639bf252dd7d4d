/** The schema, as the steps that led to it. A step is never changed once released: add another. */
import type { DatabaseSync } from "node:sqlite";

/**
 * In `meta`: `schema`; `epoch`; `folded`, up to which event the derived tables know the log; `trimmed`, the newest event that was trimmed.
 *
 * `events` is the log: appending inserts there and nowhere else, in the order of `n`, so that a commit writes few
 * pages however many channels it touches. Everything else is derived and written behind, in `fold`: after a
 * crash the events above `meta.folded` are read again.
 */
const migrations: readonly string[] = [
  `
  CREATE TABLE channels (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    namespace TEXT NOT NULL,
    top INTEGER NOT NULL,
    floor INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    oldest_ms INTEGER,           -- when the event at floor was kept; NULL when nothing is
    created_ms INTEGER NOT NULL,
    updated_ms INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX channels_oldest ON channels (namespace, oldest_ms) WHERE oldest_ms IS NOT NULL;

  CREATE TABLE types (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;

  CREATE TABLE events (
    n INTEGER PRIMARY KEY,       -- order of keeping, over all channels
    channel INTEGER NOT NULL,
    offset INTEGER NOT NULL,
    type INTEGER NOT NULL,
    time INTEGER NOT NULL,       -- the event's timestamp
    kept INTEGER NOT NULL,       -- when it was kept, by the gateway's clock
    key TEXT,                    -- idempotency key
    producer TEXT,
    epoch INTEGER,               -- of the producer
    seq INTEGER,
    body TEXT NOT NULL           -- JSON
  ) STRICT;

  CREATE TABLE places (          -- where a channel's events are in the log
    channel INTEGER NOT NULL,
    offset INTEGER NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (channel, offset)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE producers (
    channel INTEGER NOT NULL,
    producer TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    offset INTEGER NOT NULL,
    PRIMARY KEY (channel, producer)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE idempotency (     -- the keys that still count, and some that do not
    channel INTEGER NOT NULL,
    offset INTEGER NOT NULL,
    kept INTEGER NOT NULL,
    key TEXT NOT NULL,
    PRIMARY KEY (channel, offset)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX idempotency_kept ON idempotency (kept);

  CREATE TABLE trims (           -- what retention removed
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    channel INTEGER NOT NULL,
    first INTEGER NOT NULL,      -- offsets first..last
    last INTEGER NOT NULL,
    first_n INTEGER NOT NULL,    -- the same events, in the log's numbers
    last_n INTEGER NOT NULL,
    counts TEXT NOT NULL         -- JSON: number of events by type
  ) STRICT;
  CREATE INDEX trims_channel ON trims (channel, first);

  CREATE TABLE snapshots (
    channel INTEGER PRIMARY KEY,
    offset INTEGER NOT NULL,
    version INTEGER NOT NULL,
    state TEXT NOT NULL          -- JSON
  ) STRICT;
  `,
  // Not derived from the log: written by the transaction that inserts the event.
  `
  CREATE TABLE registers (
    key TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    open INTEGER NOT NULL,       -- 1: something is still to come of it
    changed_ms INTEGER NOT NULL,
    offset INTEGER NOT NULL,     -- of the event that changed it last
    value TEXT NOT NULL          -- JSON
  ) STRICT;
  CREATE INDEX registers_open ON registers (key) WHERE open = 1;
  CREATE INDEX registers_closed ON registers (changed_ms) WHERE open = 0;
  `,
  `
  CREATE TABLE further_snapshots ( -- of reducers beside the main one of a namespace
    channel INTEGER NOT NULL,
    reducer TEXT NOT NULL,
    offset INTEGER NOT NULL,
    version INTEGER NOT NULL,
    state TEXT NOT NULL,         -- JSON
    PRIMARY KEY (channel, reducer)
  ) STRICT;
  `,
];

/** Brings an open database to the present schema; refuses one that a newer Signalbox wrote. */
export function migrate(db: DatabaseSync, file: string): void {
  const known = migrations.length;
  const found = schemaOf(db, file);
  if (found > known) {
    throw new Error(
      `${file} has schema ${found}, this Signalbox knows ${known}: it was written by a newer one. ` +
        "Start that version, or choose another data directory.",
    );
  }
  for (let step = found; step < known; step++) {
    db.exec(`BEGIN IMMEDIATE; ${migrations[step]}; UPDATE meta SET value = ${step + 1} WHERE key = 'schema'; COMMIT`);
  }
}

function schemaOf(db: DatabaseSync, file: string): number {
  const tables = db.prepare("SELECT count(*) AS all_of_them, sum(name = 'meta') AS ours FROM sqlite_master").get();
  if (Number(tables?.all_of_them) > 0 && Number(tables?.ours) !== 1) {
    throw new Error(`${file} is an SQLite database, but not one of Signalbox. Choose another data directory.`);
  }
  db.exec(`
    CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;
    INSERT OR IGNORE INTO meta VALUES ('schema', 0);
  `);
  return Number(db.prepare("SELECT value FROM meta WHERE key = 'schema'").get()?.value);
}
