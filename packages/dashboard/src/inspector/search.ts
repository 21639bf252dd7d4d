/** What of the wire is looked at: kept in the address. */

export interface InspectorSearch {
  /** `own`: the frames of this page's connection; absent: what is published. */
  tab?: "own";
  /** A channel or a pattern. */
  channel?: string;
  /** `now` if absent; `earliest`, `last:N` or EPOCH:OFFSET. */
  since?: string;
  /** Separated by commas. */
  types?: string;
  /** Every word must occur in the message. */
  q?: string;
  /** `KIND:ID` that the message names as who did it. */
  by?: string;
  /** `name=value`. */
  tag?: string;
  /** Bytes at least. */
  min?: number;
}

const texts = ["channel", "since", "types", "q", "by", "tag"] as const;

export function readInspectorSearch(search: Record<string, unknown>): InspectorSearch {
  const read: InspectorSearch = search.tab === "own" ? { tab: "own" } : {};
  for (const name of texts) {
    const value = search[name];
    if ((typeof value === "string" || typeof value === "number") && value !== "") read[name] = String(value);
  }
  const min = Number(search.min);
  if (search.min !== undefined && Number.isSafeInteger(min) && min > 0) read.min = min;
  return read;
}
