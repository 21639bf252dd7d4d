/**
 * The search index: a database of its own beside the events', made from them and never needed to keep them. Damaged, deleted or of
 * another epoch, it is simply made again. Documents are numbered like the events of the log, so newest first costs nothing.
 */
import { rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { storedNamespace, storedTenant } from "../names.ts";
import { bootId } from "./boot-id.ts";
import { searchableText } from "./search-text.ts";

/** Events indexed in one transaction, about 20 ms: fewer would leave more segments to merge. */
const sliceEvents = 2_000;
/** Trims followed in one transaction. */
const sliceTrims = 16;
/** Raised whenever the index must be made again. */
const version = 1;
/** Names of channels remembered; beyond that all are looked up again. */
const remembered = 10_000;

export class SearchIndex {
  readonly #index: DatabaseSync;
  readonly #tags = new Map<number, string>();
  readonly #newEvents;
  readonly #newTrims;
  readonly #channelName;
  readonly #put;
  readonly #trimmed;
  readonly #remove;
  readonly #setMark;
  readonly #find;
  #indexed: number;
  #trims: number;

  /** `events`: the writer's database, opened to read. */
  constructor(file: string, epoch: string, events: DatabaseSync) {
    this.#index = openIndex(file, epoch, events);
    this.#newEvents = events.prepare(
      `SELECT e.n, e.channel, e.type, t.name, e.body FROM events e JOIN types t ON t.id = e.type
       WHERE e.n > ? AND e.n <= ? ORDER BY e.n LIMIT ${sliceEvents}`,
    );
    this.#newTrims = events.prepare(
      `SELECT id, channel, first_n, last_n FROM trims WHERE id > ? ORDER BY id LIMIT ${sliceTrims}`,
    );
    this.#channelName = events.prepare("SELECT name FROM channels WHERE id = ?");
    const index = this.#index;
    this.#put = index.prepare("INSERT INTO documents (rowid, text, tags) VALUES (?, ?, ?)");
    this.#trimmed = index.prepare("SELECT rowid AS n FROM documents WHERE documents MATCH ? AND rowid BETWEEN ? AND ?");
    this.#remove = index.prepare("DELETE FROM documents WHERE rowid = ?");
    this.#setMark = index.prepare("UPDATE marks SET value = ? WHERE name = ?");
    this.#find = index.prepare(
      "SELECT rowid AS n FROM documents WHERE documents MATCH ? AND rowid < ? ORDER BY rowid DESC LIMIT ?",
    );
    const mark = index.prepare("SELECT value FROM marks WHERE name = ?");
    this.#indexed = Number(mark.get("indexed")?.value);
    this.#trims = Number(mark.get("trims")?.value);
  }

  /** Takes in one slice of what is new up to event `through`; false when nothing is left. */
  step(through: number): boolean {
    const rows = this.#indexed < through ? this.#newEvents.all(this.#indexed, through) : [];
    const trims = this.#newTrims.all(this.#trims);
    const indexed = rows.length < sliceEvents ? Math.max(through, this.#indexed) : Number(rows.at(-1)?.n);
    if (indexed === this.#indexed && trims.length === 0) return false;
    this.#index.exec("BEGIN");
    try {
      for (const row of rows) {
        const text = searchableText(String(row.name), String(row.body));
        this.#put.run(Number(row.n), text, this.#tagsOf(Number(row.channel), Number(row.type)));
      }
      // After the slice: what it brought in may have been trimmed meanwhile.
      for (const trim of trims) this.#follow(trim);
      this.#setMark.run(indexed, "indexed");
      if (trims.length > 0) this.#setMark.run(Number(trims.at(-1)?.id), "trims");
      this.#index.exec("COMMIT");
    } catch (error) {
      // SQLite may have rolled back by itself, as it does when the disk is full.
      if (this.#index.isTransaction) this.#index.exec("ROLLBACK");
      throw error;
    }
    this.#indexed = indexed;
    this.#trims = Number(trims.at(-1)?.id ?? this.#trims);
    return true;
  }

  /** Numbers of matching documents below `before`, newest first. `match` is an FTS5 query. */
  find(match: string, before: number, limit: number): number[] {
    return this.#find.all(match, before, limit).map((row) => Number(row.n));
  }

  /** Makes it last; otherwise it only survives this process. */
  settle(): void {
    this.#index.exec("PRAGMA synchronous = FULL; PRAGMA wal_checkpoint(TRUNCATE)");
    this.#setMark.run("settled", "written by");
  }

  close(): void {
    this.#index.close();
  }

  #follow({ channel, first_n: first, last_n: last }: Record<string, unknown>): void {
    const gone = this.#trimmed.all(`tags : ${channelTag(Number(channel))}`, Number(first), Number(last));
    for (const row of gone) this.#remove.run(Number(row.n));
  }

  /** Channel, namespace and type are words of the document, so that filters cost no more than words. */
  #tagsOf(channel: number, type: number): string {
    let tags = this.#tags.get(channel);
    if (tags === undefined) {
      if (this.#tags.size >= remembered) this.#tags.clear();
      const name = String(this.#channelName.get(channel)?.name);
      const tenant = storedTenant(name);
      tags = `${channelTag(channel)} ${namespaceTag(name)}`;
      if (tenant !== undefined) tags += ` ${tenantTag(tenant)} ${ofTenantTag}`;
      this.#tags.set(channel, tags);
    }
    return `${tags} ${typeTag(type)}`;
  }
}

export const channelTag = (id: number): string => `c${id}`;
export const typeTag = (id: number): string => `t${id}`;
/** On every document of a tenant other than the default one. */
export const ofTenantTag = "tenanted";
export const tenantTag = (tenant: string): string => `x${letters(tenant)}`;
export const namespaceTag = (name: string): string => {
  const tenant = storedTenant(name);
  return `n${tenant === undefined ? "" : `${letters(tenant)}\u00fe`}${letters(storedNamespace(name))}`;
};

/** Letters only: the tokenizer would cut a name at its hyphens. Thorn stands between tenant and namespace. */
const letters = (name: string): string => name.replaceAll("-", "\u00e6").replaceAll("_", "\u00f0");

function openIndex(file: string, epoch: string, events: DatabaseSync): DatabaseSync {
  const index = new DatabaseSync(file);
  try {
    prepare(index);
    const mark = index.prepare("SELECT value FROM marks WHERE name = ?");
    const writtenBy = mark.get("written by")?.value;
    if (mark.get("made for")?.value === madeFor(epoch) && (writtenBy === "settled" || writtenBy === bootId())) {
      index.prepare("UPDATE marks SET value = ? WHERE name = 'written by'").run(bootId());
      return index;
    }
  } catch {
    // Not there yet, or not to be read: either way it is made again.
  }
  index.close();
  removeIndex(file);
  return createIndex(new DatabaseSync(file), epoch, events);
}

export function removeIndex(file: string): void {
  for (const suffix of ["", "-wal", "-shm"]) rmSync(`${file}${suffix}`, { force: true });
}

/** What an index must say of itself to be used. */
const madeFor = (epoch: string): string => `version ${version}, epoch ${epoch}`;

/** Nothing is forced to disk, which the writer needs more: after a power cut the index is made again. */
function prepare(index: DatabaseSync): void {
  index.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA cache_size = -16384");
}

function createIndex(index: DatabaseSync, epoch: string, events: DatabaseSync): DatabaseSync {
  prepare(index);
  index.exec(`
    BEGIN;
    CREATE VIRTUAL TABLE documents USING fts5 (
      text, tags, content = '', contentless_delete = 1, tokenize = "unicode61 remove_diacritics 2"
    );
    CREATE TABLE marks (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;
  `);
  // Trims up to now left nothing behind that could be indexed.
  const trims = Number(events.prepare("SELECT max(id) AS id FROM trims").get()?.id ?? 0);
  const put = index.prepare("INSERT INTO marks VALUES (?, ?)");
  put.run("indexed", 0);
  put.run("trims", trims);
  put.run("made for", madeFor(epoch));
  put.run("written by", bootId());
  index.exec("COMMIT");
  return index;
}
