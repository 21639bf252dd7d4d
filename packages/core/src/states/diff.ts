/** What changed between two JSON values, as a JSON Patch (RFC 6902) of add, remove and replace. */
import type { PatchOperation } from "@signalbox/protocol";

/** A list that lost no more than so many first items is patched as one that moved on. */
const mostShifted = 4;

/** Members without a value (`undefined`) are none, as in JSON. Parts that are the same object are not looked into. */
export function diff(before: unknown, after: unknown): PatchOperation[] {
  const steps: PatchOperation[] = [];
  compare(before, after, "", steps);
  return steps;
}

function compare(before: unknown, after: unknown, path: string, steps: PatchOperation[]): void {
  if (before === after) return;
  if (isList(before) && isList(after)) compareLists(before, after, path, steps);
  else if (isTable(before) && isTable(after)) {
    const first = steps.length;
    compareTables(before, after, path, steps);
    if (path === "" || !isMostly(steps.length - first, after)) return;
    steps.length = first;
    steps.push({ op: "replace", path, value: after });
  } else steps.push({ op: "replace", path, value: after });
}

/** Several steps in a small table say more than the table itself. */
function isMostly(changes: number, table: Table): boolean {
  if (changes < 2) return false;
  const values = Object.values(table);
  return 2 * changes >= values.length && values.every((value) => typeof value !== "object" || value === null);
}

function compareTables(before: Table, after: Table, path: string, steps: PatchOperation[]): void {
  for (const name of Object.keys(before)) {
    if (before[name] === undefined) continue;
    const at = `${path}/${escaped(name)}`;
    const value = Object.hasOwn(after, name) ? after[name] : undefined;
    if (value === undefined) steps.push({ op: "remove", path: at });
    else compare(before[name], value, at, steps);
  }
  for (const name of Object.keys(after)) {
    const value = after[name];
    if (value === undefined || (Object.hasOwn(before, name) && before[name] !== undefined)) continue;
    steps.push({ op: "add", path: `${path}/${escaped(name)}`, value });
  }
}

/** Lists of one length item by item; those that grew at their end, and perhaps lost first items, by that; else anew. */
function compareLists(before: List, after: List, path: string, steps: PatchOperation[]): void {
  const shift = shiftOf(before, after);
  if (shift !== undefined) {
    for (let i = 0; i < shift; i++) steps.push({ op: "remove", path: `${path}/0` });
    for (const value of after.slice(before.length - shift)) steps.push({ op: "add", path: `${path}/-`, value });
  } else if (before.length === after.length) {
    for (const [index, item] of before.entries()) compare(item, after[index], `${path}/${index}`, steps);
  } else steps.push({ op: "replace", path, value: after });
}

/** How many first items to leave out of `before` for the rest to begin `after`; `undefined` for more than a few. */
function shiftOf(before: List, after: List): number | undefined {
  for (let shift = 0; shift <= Math.min(mostShifted, before.length - 1); shift++) {
    const kept = before.length - shift;
    if (kept <= after.length && startsAlike(before, after, shift, kept)) return shift;
  }
  return undefined;
}

function startsAlike(before: List, after: List, shift: number, kept: number): boolean {
  for (let i = 0; i < kept; i++) if (before[i + shift] !== after[i]) return false;
  return true;
}

type Table = Readonly<Record<string, unknown>>;
type List = readonly unknown[];

const isList = (value: unknown): value is List => Array.isArray(value);
const isTable = (value: unknown): value is Table =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A name as a JSON Pointer has it (RFC 6901). */
const escaped = (name: string): string => name.replaceAll("~", "~0").replaceAll("/", "~1");
