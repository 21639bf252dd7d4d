/** What an agent writes into its session's memory, each entry with the number of its writes. */
import { readFileSync, writeFileSync } from "node:fs";
import type { EventData } from "@signalbox/protocol";

export interface MemoryScope {
  /** The part of the memory it is in. */
  scope?: string;
}

interface MemoryParts {
  sessionId: string | undefined;
  author: string;
  /** Where versions are kept, so that the next process counts on. */
  file: string;
  publish(data: EventData["memory_update"]): void;
}

/** Entries whose version is kept, at most: the longest unwritten is forgotten, and counts from 1 again. */
const entriesKept = 10_000;

export class Memory {
  readonly #parts: MemoryParts;
  #versions: Map<string, number> | undefined;

  constructor(parts: MemoryParts) {
    this.#parts = parts;
  }

  set(key: string, value: unknown, { scope }: MemoryScope = {}): void {
    this.#write(key, scope, { value });
  }

  delete(key: string, { scope }: MemoryScope = {}): void {
    this.#write(key, scope, { deleted: true });
  }

  #write(key: string, scope: string | undefined, what: Partial<EventData["memory_update"]>): void {
    const { sessionId, author, publish } = this.#parts;
    if (sessionId === undefined) throw new TypeError("memory belongs to a session: start the agent with a sessionId");
    const version = this.#next(JSON.stringify([sessionId, scope ?? "", key]));
    publish({ sessionId, key, version, author, ...what, ...(scope === undefined ? {} : { scope }) });
  }

  #next(entry: string): number {
    this.#versions ??= readVersions(this.#parts.file);
    const version = (this.#versions.get(entry) ?? 0) + 1;
    // The newest written stands last.
    this.#versions.delete(entry);
    this.#versions.set(entry, version);
    const [oldest] = this.#versions.keys();
    if (this.#versions.size > entriesKept && oldest !== undefined) this.#versions.delete(oldest);
    writeFileSync(this.#parts.file, JSON.stringify([...this.#versions]), { mode: 0o600 });
    return version;
  }
}

/** None, if there is no such file or it was torn. */
function readVersions(file: string): Map<string, number> {
  try {
    const read: unknown = JSON.parse(readFileSync(file, "utf8"));
    const entries: unknown[] = Array.isArray(read) ? read : [];
    return new Map(entries.filter(isVersion));
  } catch {
    return new Map();
  }
}

const isVersion = (entry: unknown): entry is [string, number] =>
  Array.isArray(entry) && typeof entry[0] === "string" && Number.isSafeInteger(entry[1]);
