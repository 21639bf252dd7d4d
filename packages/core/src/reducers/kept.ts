/** Lists inside a state that stay within a limit, and say how much they had to let go. */

export interface Kept<Item> {
  /** In the order in which they came. */
  readonly items: readonly Item[];
  /** How many others there were. */
  readonly cut: number;
}

export const nothingKept: Kept<never> = { items: [], cut: 0 };

/** One more at the end; beyond `most` the first goes. */
export function kept<Item>({ items, cut }: Kept<Item>, item: Item, most: number): Kept<Item> {
  return items.length < most ? { items: [...items, item], cut } : { items: [...items.slice(1), item], cut: cut + 1 };
}

/**
 * Changes the item that `is` the one meant, in its place, or adds it; beyond `most` the one that was updated longest ago goes. The
 * same object if nothing changed.
 */
export function updated<Item extends { readonly updatedAt: number }>(
  list: Kept<Item>,
  is: (item: Item) => boolean,
  change: (before: Item | undefined) => Item,
  most: number,
): Kept<Item> {
  const { items, cut } = list;
  const at = items.findIndex(is);
  if (at >= 0) {
    const item = change(items[at]);
    return item === items[at] ? list : { items: items.with(at, item), cut };
  }
  const item = change(undefined);
  if (items.length < most) return { items: [...items, item], cut };
  return { items: [...items.toSpliced(oldestOf(items), 1), item], cut: cut + 1 };
}

/** What is no more, is not counted either; the same object if there was nothing of the kind. */
export function without<Item>(list: Kept<Item>, is: (item: Item) => boolean): Kept<Item> {
  const items = list.items.filter((item) => !is(item));
  return items.length === list.items.length ? list : { ...list, items };
}

/** As much of it as has at most `most` characters: those that were updated longest ago go. */
export function within<Item extends { readonly updatedAt: number }>(
  list: Kept<Item>,
  lengthOf: (item: Item) => number,
  most: number,
): Kept<Item> {
  let over = list.items.reduce((sum, item) => sum + lengthOf(item), -most);
  if (over <= 0) return list;
  const gone = new Set<Item>();
  for (const item of list.items.toSorted((a, b) => a.updatedAt - b.updatedAt)) {
    if (over <= 0) break;
    over -= lengthOf(item);
    gone.add(item);
  }
  return { items: list.items.filter((item) => !gone.has(item)), cut: list.cut + gone.size };
}

function oldestOf(items: ReadonlyArray<{ readonly updatedAt: number }>): number {
  let oldest = 0;
  for (const [at, { updatedAt }] of items.entries()) if (updatedAt < (items[oldest]?.updatedAt ?? 0)) oldest = at;
  return oldest;
}
