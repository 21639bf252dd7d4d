/** What stands in a form's fields, and the value that it says. */
import { type Fault, faultsIn } from "./check.ts";
import { type Field, own } from "./schema.ts";

/** What people entered, by a field's path: text, whether a flag is set, or the items of a list. */
export type Entries = Readonly<Record<string, Entry>>;
export type Entry = string | boolean | readonly string[];

/** `fault` says the first of `faults` in a sentence of its own; each of them belongs to the field with its path. */
export type Read = { ok: true; value: unknown } | { ok: false; fault: string; faults: readonly Fault[] };

/** What stands in the fields at first: what `before` has under the same names, or the schema's defaults. */
export function firstEntries(fields: readonly Field[], schema: unknown, before: unknown): Entries {
  const entries: Record<string, Entry> = {};
  const fill = (some: readonly Field[], within: unknown, given: unknown): void => {
    for (const field of some) {
      const property = own(own(within, "properties"), field.name);
      const value = own(given, field.name) ?? own(property, "default");
      if (field.kind === "group") fill(field.fields, property, value);
      else {
        const entry = entryOf(field, value);
        if (entry !== undefined) entries[field.path] = entry;
      }
    }
  };
  fill(fields, schema, before);
  return entries;
}

function entryOf({ kind, choices, item }: Field, value: unknown): Entry | undefined {
  if (kind === "flag") return value === true;
  if (kind === "list") {
    if (!Array.isArray(value)) return undefined;
    const one = item === "choice" ? "choice" : "text";
    return value.map((each) => plainEntry(one, choices, each)).filter((each) => each !== "");
  }
  return plainEntry(kind === "choice" ? "choice" : "text", choices, value);
}

function plainEntry(kind: "choice" | "text", choices: readonly unknown[], value: unknown): string {
  if (kind === "choice") return choices.includes(value) ? JSON.stringify(value) : "";
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

/** The object that the entries say, held against the schema; what was left empty is left out. */
export function readEntries(fields: readonly Field[], schema: unknown, entries: Entries): Read {
  const unread: Fault[] = [];
  const value = readGroup(fields, entries, unread);
  return readAgainst(schema, value, unread, labelsOf(fields));
}

export function readJson(schema: unknown, text: string): Read {
  if (text.trim() === "") return { ok: true, value: undefined };
  try {
    return readAgainst(schema, JSON.parse(text), [], new Map());
  } catch (error) {
    const fault = `This is not JSON: ${error instanceof Error ? error.message : ""}`;
    return { ok: false, fault, faults: [] };
  }
}

function readAgainst(schema: unknown, value: unknown, unread: readonly Fault[], labels: Labels): Read {
  // What could not be read is said once, as what it is.
  const known = new Set(unread.map(({ path }) => path));
  const faults = [...unread, ...faultsIn(schema, value).filter(({ path }) => !known.has(path))];
  const [first] = faults;
  if (first === undefined) return { ok: true, value };
  return { ok: false, fault: `${nameOf(first.path, labels)} ${first.rule}`, faults };
}

type Labels = ReadonlyMap<string, string>;

const labelsOf = (fields: readonly Field[]): Labels =>
  new Map(fields.flatMap((field) => [[field.path, field.label] as const, ...labelsOf(field.fields)]));

/** Of `/a/2` the label of `/a`, and that it is the third. */
function nameOf(path: string, labels: Labels): string {
  const [, list = "", index = ""] = /^(.*)\/(\d+)$/.exec(path) ?? [];
  const label = labels.get(path) ?? (labels.has(list) ? `${labels.get(list)}, item ${Number(index) + 1},` : undefined);
  return label ?? (path === "" ? "It" : path);
}

function readGroup(fields: readonly Field[], entries: Entries, unread: Fault[]): Record<string, unknown> {
  const members: Array<[string, unknown]> = [];
  for (const field of fields) {
    const value = readField(field, entries, unread);
    if (value !== undefined) members.push([field.name, value]);
  }
  return Object.fromEntries(members);
}

function readField(field: Field, entries: Entries, unread: Fault[]): unknown {
  const { kind, path, required } = field;
  const entry = entries[path];
  if (kind === "group") {
    const within: Fault[] = [];
    const group = readGroup(field.fields, entries, within);
    const saysNothing = Object.values(group).every((value) => value === false || value === "");
    if (saysNothing && !required) return undefined;
    unread.push(...within);
    return group;
  }
  if (kind === "flag") return entry === true;
  if (kind === "list") {
    if (!Array.isArray(entry)) return required ? [] : undefined;
    const items = entry as readonly string[];
    return items.flatMap((text, at) =>
      text === "" ? [] : [readPlain(field.item ?? "text", text, `${path}/${at}`, unread)],
    );
  }
  const text = typeof entry === "string" ? entry : "";
  if (text === "" && !(required && (kind === "text" || kind === "lines"))) {
    if (required) unread.push({ path, rule: "is needed" });
    return undefined;
  }
  return readPlain(kind === "lines" ? "text" : kind, text, path, unread);
}

function readPlain(
  kind: "text" | "number" | "integer" | "choice",
  text: string,
  path: string,
  unread: Fault[],
): unknown {
  if (kind === "text") return text;
  if (kind === "choice") return JSON.parse(text);
  const number = Number(text);
  const isRead = text.trim() !== "" && Number.isFinite(number) && (kind === "number" || Number.isInteger(number));
  if (isRead) return number;
  unread.push({ path, rule: kind === "integer" ? "must be a whole number" : "must be a number" });
  return undefined;
}
