/** What was chosen last, kept by the browser: it comes first the next time. */

const key = "signalbox.recent";
const most = 8;

/** Ids, newest first. */
export function recentIds(storage: Pick<Storage, "getItem">): readonly string[] {
  try {
    const kept: unknown = JSON.parse(storage.getItem(key) ?? "[]");
    return Array.isArray(kept) ? kept.filter((id) => typeof id === "string").slice(0, most) : [];
  } catch {
    return [];
  }
}

export function keepRecent(storage: Pick<Storage, "getItem" | "setItem">, id: string): void {
  const others = recentIds(storage).filter((one) => one !== id);
  storage.setItem(key, JSON.stringify([id, ...others].slice(0, most)));
}

/** The same entries, those used last first. */
export function recentFirst<Entry extends { id: string }>(
  entries: readonly Entry[],
  recent: readonly string[],
): Entry[] {
  const place = new Map(recent.map((id, at) => [id, at]));
  return entries
    .map((entry, at) => ({ entry, order: place.get(entry.id) ?? recent.length + at }))
    .sort((a, b) => a.order - b.order)
    .map(({ entry }) => entry);
}
