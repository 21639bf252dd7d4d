/** What is another between two states: as a list that people read. */
import type { MemoryState, TddState } from "@signalbox/core/reducers";

export interface Change {
  /** Which field, such as `task › progress`. */
  what: string;
  /** Undefined: it was not there. */
  before: string | undefined;
  after: string | undefined;
}

export interface Changes {
  changes: readonly Change[];
  /** How many more there are. */
  cut: number;
}

const changesMost = 100;
const valueLength = 160;
const depthMost = 5;

/** They change with everything else. */
const passedOver: ReadonlySet<string> = new Set(["updatedAt", "length", "cpuHistory"]);

const idNames = [
  "id",
  "taskId",
  "stepId",
  "checkpointId",
  "commandId",
  "workflowId",
  "noteId",
  "agentId",
  "key",
  "name",
];

/** Two states of one reducer. */
export function differences(before: unknown, after: unknown): Changes {
  const all: Change[] = [];
  walk(before, after, [], all);
  return { changes: all.slice(0, changesMost), cut: Math.max(0, all.length - changesMost) };
}

function walk(before: unknown, after: unknown, path: readonly string[], all: Change[]): void {
  if (Object.is(before, after)) return;
  const whole = path.length >= depthMost;
  if (!whole && (Array.isArray(before) || Array.isArray(after))) {
    walkItems(listOf(before), listOf(after), path, all);
  } else if (!whole && (isRecord(before) || isRecord(after))) {
    walkRecord(recordOf(before), recordOf(after), path, all);
  } else {
    const [old, now] = [written(before), written(after)];
    if (old !== now) all.push({ what: path.join(" › ") || "value", before: old, after: now });
  }
}

function walkRecord(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
  path: readonly string[],
  all: Change[],
): void {
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (passedOver.has(name)) continue;
    // The items of a kept list are the list.
    const below = name === "items" ? path : [...path, name];
    walk(own(before, name), own(after, name), below, all);
  }
}

/** By their ids, so that one that moved is the same; those without by their places. */
function walkItems(
  before: readonly unknown[],
  after: readonly unknown[],
  path: readonly string[],
  all: Change[],
): void {
  const old = byId(before);
  const now = byId(after);
  for (const id of new Set([...old.keys(), ...now.keys()])) walk(old.get(id), now.get(id), [...path, id], all);
}

function byId(items: readonly unknown[]): Map<string, unknown> {
  const found = new Map<string, unknown>();
  for (const [index, item] of items.entries()) {
    const id = isRecord(item) ? idNames.map((name) => own(item, name)).find((one) => typeof one === "string") : item;
    const key = typeof id === "string" ? id : `${index + 1}`;
    found.set(found.has(key) ? `${key} (${index + 1})` : key, item);
  }
  return found;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const recordOf = (value: unknown): Readonly<Record<string, unknown>> => (isRecord(value) ? value : {});
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const own = (record: Readonly<Record<string, unknown>>, name: string): unknown =>
  Object.hasOwn(record, name) ? record[name] : undefined;

function written(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > valueLength ? `${text.slice(0, valueLength)}…` : text;
}

export interface TestChanges {
  newlyFailing: readonly string[];
  nowPassing: readonly string[];
  stillFailing: number;
}

export function testChanges(before: TddState, after: TddState): TestChanges {
  const named = ({ failures }: TddState) =>
    new Set(failures.items.map(({ name, file }) => (file ? `${file}: ${name}` : name)));
  const [old, now] = [named(before), named(after)];
  return {
    newlyFailing: [...now].filter((name) => !old.has(name)),
    nowPassing: [...old].filter((name) => !now.has(name)),
    stillFailing: [...now].filter((name) => old.has(name)).length,
  };
}

export interface MemoryChange {
  key: string;
  how: "written" | "changed" | "deleted";
  author: string | undefined;
  versions: string;
}

export function memoryChanges(before: MemoryState, after: MemoryState): MemoryChange[] {
  const old = new Map(before.entries.items.map((entry) => [`${entry.scope} ${entry.key}`, entry]));
  return after.entries.items.flatMap((entry): MemoryChange[] => {
    const was = old.get(`${entry.scope} ${entry.key}`);
    if (was?.version === entry.version) return [];
    const how = entry.deleted ? "deleted" : was === undefined ? "written" : "changed";
    const key = entry.scope === "" ? entry.key : `${entry.scope}/${entry.key}`;
    return [{ key, how, author: entry.author, versions: `${was?.version ?? "none"} → ${entry.version}` }];
  });
}
