/** What this dashboard keeps in the browser. */

export interface StoredPart {
  key: string;
  says: string;
  bytes: number;
}

const ours = "signalbox.";

/** By the beginning of the key. */
const meanings: ReadonlyArray<readonly [begins: string, says: string]> = [
  ["signalbox.token", "the token, for one gateway"],
  ["signalbox.gateway", "the address of a gateway elsewhere"],
  ["signalbox.preferences", "theme, density, how logs are shown"],
  ["signalbox.recent", "what was opened last from the palette"],
  ["signalbox.introduced", "that the introduction was read"],
];

export function storedParts(storage: Pick<Storage, "length" | "key" | "getItem">): StoredPart[] {
  const keys = Array.from({ length: storage.length }, (_, at) => storage.key(at) ?? "");
  return keys
    .filter((key) => key.startsWith(ours))
    .sort()
    .map((key) => ({
      key,
      says: meanings.find(([begins]) => key.startsWith(begins))?.[1] ?? "of a view",
      // Two bytes a character, as browsers count it.
      bytes: 2 * (key.length + (storage.getItem(key)?.length ?? 0)),
    }));
}

export function forgetAll(storage: Pick<Storage, "length" | "key" | "getItem" | "removeItem">): void {
  for (const { key } of storedParts(storage)) storage.removeItem(key);
}
