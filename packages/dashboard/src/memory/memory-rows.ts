/** Entries of a memory as rows: named, found, ordered, and as a table to keep. */
import type { MemoryEntry } from "@signalbox/core/reducers";
import type { CsvColumn } from "../export/csv.ts";
import type { MemorySearch } from "./memory-search.ts";

/** Unique within a session. */
export const nameOf = ({ scope, key }: Pick<MemoryEntry, "scope" | "key">): string =>
  scope === "" ? key : `${scope} › ${key}`;

/** A text as it is, anything else as JSON. */
export const valueText = (value: unknown): string =>
  value === undefined ? "" : typeof value === "string" ? value : (JSON.stringify(value, undefined, 2) ?? "");

export const kindOf = ({ value, deleted, size }: Pick<MemoryEntry, "value" | "deleted" | "size">): string => {
  if (deleted) return "forgotten";
  if (value === undefined) return size === undefined ? "nothing" : "too long";
  if (value === null) return "null";
  return typeof value === "string"
    ? "text"
    : Array.isArray(value)
      ? "list"
      : typeof value === "object"
        ? "object"
        : typeof value;
};

const names = new Intl.Collator("en", { numeric: true });

const orders: Readonly<Record<string, (a: MemoryEntry, b: MemoryEntry) => number>> = Object.assign(
  Object.create(null),
  {
    key: (a, b) => names.compare(nameOf(a), nameOf(b)),
    version: (a, b) => a.version - b.version,
    written: (a, b) => a.at - b.at,
  } satisfies Record<string, (a: MemoryEntry, b: MemoryEntry) => number>,
);

/** What was written last first, unless said otherwise. */
export function entriesShown(
  entries: readonly MemoryEntry[],
  { q, deleted, sort = "-written" }: MemorySearch,
): MemoryEntry[] {
  const words = (q ?? "").toLowerCase().split(/\s+/);
  const found = entries.filter((entry) => {
    if (entry.deleted && !deleted) return false;
    const haystack = [nameOf(entry), entry.author, valueText(entry.value)].join("\n").toLowerCase();
    return words.every((word) => haystack.includes(word));
  });
  const down = sort.startsWith("-");
  const order = orders[down ? sort.slice(1) : sort];
  return order === undefined ? found : found.sort((a, b) => (down ? order(b, a) : order(a, b)));
}

export const memoryCsv: ReadonlyArray<CsvColumn<MemoryEntry>> = [
  { name: "scope", value: ({ scope }) => scope },
  { name: "key", value: ({ key }) => key },
  { name: "kind", value: kindOf },
  { name: "version", value: ({ version }) => version },
  { name: "author", value: ({ author }) => author },
  { name: "written", value: ({ at }) => new Date(at).toISOString() },
  { name: "value", value: ({ value }) => valueText(value) },
  { name: "value_characters", value: ({ value, size }) => size ?? valueText(value).length },
];
