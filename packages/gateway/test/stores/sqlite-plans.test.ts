/** No statement of the store looks at all events, or at all channels, to answer about one: by SQLite's own word. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { defaultNamespaces } from "@signalbox/core";
import { afterAll, expect, test } from "vitest";
import { Channels } from "../../src/stores/sqlite/channels.ts";
import { filesIn } from "../../src/stores/sqlite/database.ts";
import { EventLog } from "../../src/stores/sqlite/event-log.ts";
import { Marks } from "../../src/stores/sqlite/marks.ts";
import { Reader } from "../../src/stores/sqlite/reader.ts";
import { Registers } from "../../src/stores/sqlite/registers.ts";
import { SearchIndex } from "../../src/stores/sqlite/search-index.ts";
import { Snapshots } from "../../src/stores/sqlite/snapshots.ts";
import { Storage } from "../../src/stores/sqlite/storage.ts";
import { Transactions } from "../../src/stores/sqlite/transactions.ts";
import { Trimmer } from "../../src/stores/sqlite/trimmer.ts";
import { Types } from "../../src/stores/sqlite/types.ts";
import { scratch } from "./support/scratch.ts";

const directory = scratch();
afterAll(() => rmSync(directory, { recursive: true }));

class Recorded extends DatabaseSync {
  readonly statements: string[] = [];

  override prepare(sql: string): ReturnType<DatabaseSync["prepare"]> {
    this.statements.push(sql);
    return super.prepare(sql);
  }
}

const namespaces = defaultNamespaces;

/** Everything that the writer and the searcher prepare, on a new database. */
function statements(): Recorded {
  const storage = Storage.open({ directory, namespaces }, () => {});
  const { epoch } = storage;
  storage.close(0);
  const db = new Recorded(filesIn(directory).database);
  const transactions = new Transactions(db, { ended: () => {}, rolledBack: () => {} });
  const channels = new Channels(db, namespaces);
  const types = new Types(db);
  const marks = new Marks(db);
  const registers = new Registers(db);
  const log = new EventLog(
    db,
    { transactions, channels, types, marks, registers },
    { epoch: "e", lastN: 0, folded: 0 },
  );
  new Reader(db, { channels, types }, ["browser"]);
  new Trimmer(db, { transactions, channels, types, log }, namespaces);
  new Snapshots(db, { transactions, channels }, epoch);
  new SearchIndex(join(directory, "search.db"), epoch, db).close();
  return db;
}

/** The steps of its plan that read a table from one end to the other. */
const scans = (db: DatabaseSync, sql: string): string[] =>
  db
    .prepare(`EXPLAIN QUERY PLAN ${sql}`)
    .all()
    .map(({ detail }) => String(detail))
    // A subquery's own rows are those that the search inside it found.
    .filter((detail) => /^SCAN /.test(detail) && !/^SCAN (CONSTANT ROW|\(subquery|meta)/.test(detail));

test("reading, listing, trims, retention and indexing find what they need by an index", () => {
  const db = statements();
  const all = [...db.statements].filter((sql) => /^\s*(SELECT|UPDATE|DELETE)/i.test(sql));
  expect(all.length).toBeGreaterThan(30);
  const scanning = all.map((sql) => ({ sql, scans: scans(db, sql) })).filter((one) => one.scans.length > 0);
  expect(scanning).toEqual([]);
  db.close();
});

test("such a scan would be seen", () => {
  const db = new DatabaseSync(filesIn(directory).database);
  expect(scans(db, "SELECT * FROM events WHERE channel = 1")).not.toEqual([]);
  expect(scans(db, "SELECT count(*) FROM channels WHERE bytes > 3")).not.toEqual([]);
  db.close();
});
