/** Answers searches: catches up with the log, asks the index, fetches what it found from the events. */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { SearchHit, SearchQuery, SearchResult } from "@signalbox/core";
import { matchesPattern } from "@signalbox/protocol";
import { storedTenant, tenantPrefix } from "../names.ts";
import { filesIn } from "./database.ts";
import type { SearcherData } from "./messages.ts";
import { channelTag, namespaceTag, ofTenantTag, removeIndex, SearchIndex, tenantTag, typeTag } from "./search-index.ts";
import { ftsTerms } from "./search-text.ts";
import { isDamage } from "./sqlite-errors.ts";

/** Milliseconds a search waits for the index; what is not in it then is found later. */
const catchUpMs = 500;
/** Matches looked at for one page, when the pattern's prefix leaves most of them out. */
const lookedAt = 10_000;
const lookedAtOnce = 128;
/** Hits in one answer. */
const hitsAtMost = 1_000;

/** All channels of the default tenant. */
const everything: readonly string[] = ["*"];
const everywhere = "*";

export class Searching {
  readonly #epoch: string;
  readonly #file: string;
  readonly #events: DatabaseSync;
  readonly #fetch;
  readonly #channelId;
  readonly #typeId;
  #index: SearchIndex;

  constructor({ directory, epoch }: SearcherData) {
    this.#epoch = epoch;
    this.#file = join(directory, "search.db");
    this.#events = new DatabaseSync(filesIn(directory).database, { readOnly: true });
    this.#events.exec("PRAGMA busy_timeout = 5000; PRAGMA cache_size = -8192");
    this.#fetch = this.#events.prepare(
      `SELECT c.name AS channel, e.offset, t.name AS type, e.time, e.body FROM events e
       JOIN channels c ON c.id = e.channel JOIN types t ON t.id = e.type WHERE e.n = ?`,
    );
    this.#channelId = this.#events.prepare("SELECT id FROM channels WHERE name = ?");
    this.#typeId = this.#events.prepare("SELECT id FROM types WHERE name = ?");
    this.#index = new SearchIndex(this.#file, epoch, this.#events);
  }

  /** Takes in one slice of what is new up to event `through`; false when nothing is left. */
  step(through: number): boolean {
    return this.#mending(() => this.#index.step(through));
  }

  search(query: SearchQuery, through: number): SearchResult {
    const until = performance.now() + catchUpMs;
    while (this.step(through) && performance.now() < until);
    return this.#mending(() => this.#find(query, through));
  }

  close(): void {
    this.#index.settle();
    this.#index.close();
  }

  #find({ text, channels = everything, types, limit, before }: SearchQuery, through: number): SearchResult {
    const match = this.#matchOf(text, channels, types);
    let below = before === undefined ? through + 1 : cursorOf(before);
    if (match === undefined || below === undefined) return { hits: [] };
    const wanted = Math.min(limit, hitsAtMost);
    const hits: SearchHit[] = [];
    const isWanted = (name: string): boolean => channels.some((one) => matchesPattern(one, name));
    for (let looked = 0; looked < lookedAt; looked += lookedAtOnce) {
      const found = this.#index.find(match, below, lookedAtOnce);
      for (const n of found) {
        const hit = this.#hitOf(n);
        if (hit === undefined || !isWanted(hit.channel)) continue;
        // One more than wanted: so `next` never leads to nothing.
        if (hits.length >= wanted) return { hits, next: String(below) };
        hits.push(hit);
        below = n;
      }
      if (found.length < lookedAtOnce) return { hits };
      below = found.at(-1) ?? below;
    }
    return { hits, next: String(below) };
  }

  /** `undefined` when nothing can match. */
  #matchOf(text: string, channels: readonly string[], types: readonly string[] | undefined): string | undefined {
    const terms = ftsTerms(text);
    if (terms === undefined) return undefined;
    const all = [`text : (${terms})`];
    const places = channels.map((channel) => this.#placeOf(channel)).filter((place) => place !== undefined);
    if (places.length === 0) return undefined;
    const anywhere = places.includes(everywhere);
    if (!anywhere) all.push(`tags : (${[...new Set(places)].join(" OR ")})`);
    if (types !== undefined) {
      const ids = types.map((type) => this.#typeId.get(type)?.id).filter((id) => id !== undefined);
      if (ids.length === 0) return undefined;
      all.push(`tags : (${ids.map((id) => typeTag(Number(id))).join(" OR ")})`);
    }
    return anywhere ? `(${all.join(" AND ")}) NOT tags : ${ofTenantTag}` : all.join(" AND ");
  }

  /** The tag that every document of these channels has; `undefined` when there is no such channel. */
  #placeOf(channel: string): string | undefined {
    if (channel === "*") return everywhere;
    if (!channel.endsWith("*")) {
      const id = this.#channelId.get(channel)?.id;
      return id === undefined ? undefined : channelTag(Number(id));
    }
    const tenant = storedTenant(channel);
    return tenant !== undefined && channel === `${tenantPrefix(tenant)}*` ? tenantTag(tenant) : namespaceTag(channel);
  }

  /** `undefined` when it was trimmed meanwhile. */
  #hitOf(n: number): SearchHit | undefined {
    const row = this.#fetch.get(n);
    if (row === undefined) return undefined;
    return {
      channel: String(row.channel),
      epoch: this.#epoch,
      offset: Number(row.offset),
      type: String(row.type),
      timestampMs: Number(row.time),
      body: String(row.body),
    };
  }

  /** A damaged index is made again; damaged events are the writer's matter. */
  #mending<Result>(work: () => Result): Result {
    try {
      return work();
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.#index.close();
      removeIndex(this.#file);
      this.#index = new SearchIndex(this.#file, this.#epoch, this.#events);
      return work();
    }
  }
}

/** An event's number; `undefined` for what never was a cursor. */
const cursorOf = (text: string): number | undefined => (/^[0-9]{1,15}$/.test(text) ? Number(text) : undefined);
