/** Which rows are chosen: only what a person chose, never what a filter brings. */

export interface Selection {
  readonly keys: ReadonlySet<string>;
  /** From here a range goes. */
  readonly anchor: string | undefined;
}

export const nothingSelected: Selection = { keys: new Set(), anchor: undefined };

export function toggledRow({ keys }: Selection, key: string): Selection {
  const next = new Set(keys);
  if (!next.delete(key)) next.add(key);
  return { keys: next, anchor: key };
}

/** From the anchor to here, as the rows are shown; what was chosen before stays chosen. */
export function rangeTo(before: Selection, shown: readonly string[], key: string): Selection {
  const from = before.anchor === undefined ? -1 : shown.indexOf(before.anchor);
  const to = shown.indexOf(key);
  if (from < 0 || to < 0) return toggledRow(before, key);
  const range = shown.slice(Math.min(from, to), Math.max(from, to) + 1);
  return { keys: new Set([...before.keys, ...range]), anchor: before.anchor };
}

/** Those shown now, and not those that come later. */
export const allOf = (before: Selection, shown: readonly string[]): Selection => ({
  keys: new Set([...before.keys, ...shown]),
  anchor: before.anchor,
});

export const onlyShown = ({ keys, anchor }: Selection, shown: readonly string[]): Selection => ({
  keys: new Set(shown.filter((key) => keys.has(key))),
  anchor,
});

/** The row to go to: the next one in this direction, the first or last one if there is none yet. */
export function stepFrom(shown: readonly string[], from: string | undefined, by: 1 | -1): string | undefined {
  const at = from === undefined ? -1 : shown.indexOf(from);
  if (at < 0) return by > 0 ? shown[0] : shown.at(-1);
  return shown[Math.max(0, Math.min(shown.length - 1, at + by))];
}
