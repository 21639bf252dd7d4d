/** Whose memory, and which entry: kept in the address. */

export interface MemorySearch {
  session?: string;
  /** Every word must occur in the key, the value, the scope or the author. */
  q?: string;
  /** The entry that is looked at: scope and key. */
  entry?: string;
  /** `all`: those that were deleted, too. */
  deleted?: boolean;
  sort?: string;
}

const text = (value: unknown): string | undefined =>
  (typeof value === "string" && value !== "") || typeof value === "number" ? `${value}` : undefined;

export function readMemorySearch(search: Record<string, unknown>): MemorySearch {
  const [session, q, entry, sort] = [text(search.session), text(search.q), text(search.entry), text(search.sort)];
  return {
    ...(session ? { session } : {}),
    ...(q ? { q } : {}),
    ...(entry ? { entry } : {}),
    ...(search.deleted === true || search.deleted === "true" ? { deleted: true } : {}),
    ...(sort ? { sort } : {}),
  };
}
