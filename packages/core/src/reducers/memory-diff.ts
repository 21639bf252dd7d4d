/** What a version of a memory entry changed of the one before it, in few words. */

/** Of a text: a run of lines that stands in place of another. */
interface LinesDiff {
  kind: "lines";
  /** The first line that differs, from 1. */
  from: number;
  removed: readonly string[];
  added: readonly string[];
}

/**
 * Of any other value: a JSON Merge Patch (RFC 7396). Not a JSON Patch, whose paths would name what is hidden from some people by the
 * names of its members.
 */
interface MergeDiff {
  kind: "merge";
  patch: unknown;
}

/** It would be too long, or one of the two values was not kept whole. */
interface NoDiff {
  kind: "too_long";
}

export type MemoryDiff = LinesDiff | MergeDiff | NoDiff;

/** Characters of its JSON. */
const diffLength = 400;

export const tooLong: NoDiff = { kind: "too_long" };

export function memoryDiff(before: unknown, after: unknown): MemoryDiff {
  const diff: MemoryDiff =
    typeof before === "string" && typeof after === "string"
      ? linesDiff(before.split("\n"), after.split("\n"))
      : { kind: "merge", patch: mergePatch(before, after) ?? null };
  return JSON.stringify(diff).length <= diffLength ? diff : tooLong;
}

function linesDiff(before: readonly string[], after: readonly string[]): LinesDiff {
  const most = Math.min(before.length, after.length);
  let first = 0;
  while (first < most && before[first] === after[first]) first++;
  let last = 0;
  while (last < most - first && before.at(-1 - last) === after.at(-1 - last)) last++;
  return {
    kind: "lines",
    from: first + 1,
    removed: before.slice(first, before.length - last),
    added: after.slice(first, after.length - last),
  };
}

/** Members that are no more are null; lists are given whole. */
function mergePatch(before: unknown, after: unknown): unknown {
  if (!isTable(before) || !isTable(after)) return after;
  const gone = Object.keys(before).filter((name) => !Object.hasOwn(after, name));
  const changed = Object.entries(after).filter(
    ([name, value]) => !Object.hasOwn(before, name) || JSON.stringify(before[name]) !== JSON.stringify(value),
  );
  return Object.fromEntries([
    ...gone.map((name): [string, unknown] => [name, null]),
    ...changed.map(([name, value]): [string, unknown] => [
      name,
      Object.hasOwn(before, name) ? mergePatch(before[name], value) : value,
    ]),
  ]);
}

const isTable = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
