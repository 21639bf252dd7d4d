/** Members of JSON values by their names. */

const hidden = "[hidden]";
/** Deeper values are not looked at, and so not shown. Messages are at most 32 deep. */
const deepest = 64;

/** The value without what stands under these names: the same object if there was none, otherwise copied where it changed. */
export function hideMembers(value: unknown, names: ReadonlySet<string>, depth = 0): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (depth >= deepest) return hidden;
  return Array.isArray(value) ? hideInList(value, names, depth + 1) : hideInObject(value, names, depth + 1);
}

function hideInList(list: readonly unknown[], names: ReadonlySet<string>, depth: number): readonly unknown[] {
  let copy: unknown[] | undefined;
  for (const [at, item] of list.entries()) {
    const shown = hideMembers(item, names, depth);
    if (shown === item) continue;
    copy ??= list.slice();
    copy[at] = shown;
  }
  return copy ?? list;
}

function hideInObject(object: object, names: ReadonlySet<string>, depth: number): object {
  let copy: Record<string, unknown> | undefined;
  for (const name of Object.keys(object)) {
    const item: unknown = Reflect.get(object, name);
    const shown = names.has(name) ? hidden : hideMembers(item, names, depth);
    if (shown === item) continue;
    // A spread makes every member the copy's own, `__proto__` too.
    copy ??= { ...object };
    copy[name] = shown;
  }
  return copy ?? object;
}
