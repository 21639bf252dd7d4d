/** A session's memory: what each entry says now, who wrote it and when, and how it came to be so. */
import { type Kept, nothingKept, updated, within } from "./kept.ts";
import { type MemoryDiff, memoryDiff, tooLong } from "./memory-diff.ts";
import { Fields, type FoldedEvent, previewOf, type Reducer } from "./reducer.ts";
import { memoryShape } from "./shapes.ts";

/** Where a version comes from. */
export interface MemorySource {
  version: number;
  author: string | undefined;
  /** Milliseconds since 1970. */
  at: number;
  /** Of the event in the session's channel. */
  offset: number | undefined;
}

export interface MemoryVersion extends MemorySource {
  deleted: boolean;
  /** Against the version before it; undefined for the first, and for one that deletes. */
  diff: MemoryDiff | undefined;
}

export interface MemoryEntry extends MemorySource {
  scope: string;
  key: string;
  /** The beginning of a text; anything else whole or not at all. */
  value: unknown;
  /** Characters of a value that is not kept whole. */
  size: number | undefined;
  deleted: boolean;
  /** The last ones, the newest last. */
  versions: readonly MemoryVersion[];
  /** Writes that named no higher version than there was: they changed nothing. */
  conflicts: number;
  lastConflict: MemorySource | undefined;
  /** Characters of all of this as JSON. */
  length: number;
  updatedAt: number;
}

export interface MemoryState {
  entries: Kept<MemoryEntry>;
  updatedAt: number;
}

const entriesKept = 500;
const versionsKept = 20;
/** Characters of a value that is kept whole. */
const valueLength = 4_096;
/** Characters of all entries as JSON. Beyond it those written longest ago lose their older versions, then go. */
const memoryLength = 196_608;

export const memoryReducer: Reducer<MemoryState> = {
  ...memoryShape,
  initial: () => ({ entries: nothingKept, updatedAt: 0 }),
  apply: (state, event) => {
    if (event.type !== "memory_update") return state;
    const data = new Fields(event.data);
    const key = data.text("key");
    if (key === undefined) return state;
    const scope = data.text("scope") ?? "";
    const is = (entry: MemoryEntry): boolean => entry.key === key && entry.scope === scope;
    const change = (before: MemoryEntry | undefined): MemoryEntry => entryAfter({ scope, key }, before, data, event);
    const entries = withinLength(updated(state.entries, is, change, entriesKept));
    return { entries, updatedAt: event.timestamp };
  },
};

function entryAfter(
  name: { scope: string; key: string },
  before: MemoryEntry | undefined,
  data: Fields,
  event: FoldedEvent,
): MemoryEntry {
  const source: MemorySource = {
    version: data.number("version") ?? (before?.version ?? 0) + 1,
    author: data.text("author"),
    at: event.timestamp,
    offset: event.offset,
  };
  if (before !== undefined && source.version <= before.version) {
    const { conflicts } = before;
    return measured({ ...before, conflicts: conflicts + 1, lastConflict: source, updatedAt: event.timestamp });
  }
  const deleted = data.flag("deleted") === true;
  const { value, size } = previewOf(deleted ? undefined : data.value("value"), valueLength);
  const diff = before === undefined || deleted ? undefined : diffOf(before, { value, size });
  return measured({
    ...name,
    ...source,
    value,
    size,
    deleted,
    versions: [...(before?.versions ?? []), { ...source, deleted, diff }].slice(-versionsKept),
    conflicts: before?.conflicts ?? 0,
    lastConflict: before?.lastConflict,
    length: 0,
    updatedAt: event.timestamp,
  });
}

const diffOf = (before: MemoryEntry, after: { value: unknown; size: number | undefined }): MemoryDiff =>
  before.size === undefined && after.size === undefined ? memoryDiff(before.value, after.value) : tooLong;

const measured = (entry: MemoryEntry): MemoryEntry => ({
  ...entry,
  length: JSON.stringify({ ...entry, length: undefined }).length,
});

function withinLength(entries: Kept<MemoryEntry>): Kept<MemoryEntry> {
  let over = entries.items.reduce((sum, { length }) => sum + length, -memoryLength);
  if (over <= 0) return entries;
  const shorter = new Map<MemoryEntry, MemoryEntry>();
  for (const entry of entries.items.toSorted((a, b) => a.updatedAt - b.updatedAt)) {
    if (over <= 0) break;
    const short = measured({ ...entry, versions: entry.versions.slice(-1).map(withoutDiff) });
    over -= entry.length - short.length;
    shorter.set(entry, short);
  }
  const items = entries.items.map((entry) => shorter.get(entry) ?? entry);
  return within({ ...entries, items }, ({ length }) => length, memoryLength);
}

const withoutDiff = (version: MemoryVersion): MemoryVersion => ({ ...version, diff: undefined });
