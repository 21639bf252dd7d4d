/** Which form a JSON Schema asks for: a field for each member of a simple object; anything else is written as JSON. */

export interface Field {
  name: string;
  label: string;
  description: string | undefined;
  kind: "text" | "number" | "integer" | "flag" | "choice";
  required: boolean;
  /** Of a choice. */
  choices: readonly unknown[];
}

/** What people entered, by name: text, or whether a flag is set. */
export type Entries = Readonly<Record<string, string | boolean>>;

export type Read = { ok: true; value: unknown } | { ok: false; fault: string };

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const own = (value: unknown, name: string): unknown =>
  isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;

const textOf = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

/** `undefined`: no form of fields can say what it allows. */
export function fieldsOf(schema: unknown): readonly Field[] | undefined {
  const properties = own(schema, "properties");
  if (own(schema, "type") !== "object" || !isObject(properties)) return undefined;
  if (["allOf", "anyOf", "oneOf", "$ref"].some((word) => own(schema, word) !== undefined)) return undefined;
  const required = own(schema, "required");
  const fields: Field[] = [];
  for (const [name, property] of Object.entries(properties)) {
    const kind = kindOf(property);
    if (kind === undefined) return undefined;
    const choices = own(property, "enum");
    fields.push({
      name,
      kind,
      label: textOf(own(property, "title")) ?? name,
      description: textOf(own(property, "description")),
      required: Array.isArray(required) && required.includes(name),
      choices: Array.isArray(choices) ? choices : [],
    });
  }
  return fields;
}

function kindOf(property: unknown): Field["kind"] | undefined {
  const choices = own(property, "enum");
  if (Array.isArray(choices)) return choices.every((choice) => !isObject(choice)) ? "choice" : undefined;
  const type = own(property, "type");
  if (type === "string") return "text";
  if (type === "number" || type === "integer") return type;
  return type === "boolean" ? "flag" : undefined;
}

/** What stands in the fields at first: the schema's defaults, or what `before` has under the same names. */
export function firstEntries(fields: readonly Field[], schema: unknown, before: unknown): Entries {
  const properties = own(schema, "properties");
  return Object.fromEntries(
    fields.map(({ name, kind, choices }) => {
      const value = own(before, name) ?? own(own(properties, name), "default");
      if (kind === "flag") return [name, value === true];
      if (kind === "choice") return [name, choices.includes(value) ? JSON.stringify(value) : ""];
      return [name, typeof value === "string" || typeof value === "number" ? String(value) : ""];
    }),
  );
}

/** The object that the entries say; what was left empty is left out. */
export function readEntries(fields: readonly Field[], entries: Entries): Read {
  const members: Array<[string, unknown]> = [];
  for (const { name, label, kind, required } of fields) {
    const entry = entries[name] ?? "";
    if (typeof entry === "boolean") members.push([name, entry]);
    else if (entry === "" && !required) continue;
    else if (kind === "text") members.push([name, entry]);
    else if (entry.trim() === "") return { ok: false, fault: `${label} is needed` };
    else if (kind === "choice") members.push([name, JSON.parse(entry)]);
    else {
      const number = Number(entry);
      if (!Number.isFinite(number) || (kind === "integer" && !Number.isInteger(number))) {
        return { ok: false, fault: `${label} must be ${kind === "integer" ? "a whole number" : "a number"}` };
      }
      members.push([name, number]);
    }
  }
  return { ok: true, value: Object.fromEntries(members) };
}

export function readJson(text: string): Read {
  if (text.trim() === "") return { ok: true, value: undefined };
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch (error) {
    return { ok: false, fault: `This is not JSON: ${error instanceof Error ? error.message : ""}` };
  }
}
