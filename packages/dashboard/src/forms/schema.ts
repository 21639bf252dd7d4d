/** Which form a JSON Schema asks for: fields for objects, their objects, and lists of plain values; anything else is written as JSON. */

export interface Field {
  /** JSON Pointer of what it says: unique in the form. */
  path: string;
  name: string;
  label: string;
  description: string | undefined;
  kind: "text" | "lines" | "number" | "integer" | "flag" | "choice" | "group" | "list";
  required: boolean;
  /** Of a choice, and of a list whose items are one. */
  choices: readonly unknown[];
  /** Of a group. */
  fields: readonly Field[];
  /** Of a list: what its items are. */
  item: "text" | "number" | "integer" | "choice" | undefined;
  /** As `format` names it: `date`, `email` … */
  format: string | undefined;
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const own = (value: unknown, name: string): unknown =>
  isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;

const textOf = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

/** Levels of objects within objects, and fields in all; beyond it JSON is easier to write. */
const levelsAtMost = 4;
const fieldsAtMost = 60;

/** From here on a text is written in a field of several lines. */
const longText = 200;

const branching = ["allOf", "anyOf", "oneOf", "$ref"];

/** `undefined`: no form of fields can say what it allows. */
export function fieldsOf(schema: unknown): readonly Field[] | undefined {
  let left = fieldsAtMost;

  const members = (given: unknown, at: string, level: number): readonly Field[] | undefined => {
    const object = resolved(given, schema);
    const properties = own(object, "properties");
    if (typeIn(object) !== "object" || !isObject(properties) || level > levelsAtMost) return undefined;
    if (branching.some((word) => own(object, word) !== undefined)) return undefined;
    const required = own(object, "required");
    const fields: Field[] = [];
    for (const [name, property] of Object.entries(properties)) {
      const isRequired = Array.isArray(required) && required.includes(name);
      const one = field(resolved(property, schema), `${at}/${escaped(name)}`, name, isRequired, level);
      if (one === undefined || --left < 0) return undefined;
      fields.push(one);
    }
    return fields;
  };

  const field = (
    property: unknown,
    path: string,
    name: string,
    required: boolean,
    level: number,
  ): Field | undefined => {
    const label = textOf(own(property, "title")) ?? name;
    const description = textOf(own(property, "description"));
    const format = textOf(own(property, "format"));
    const plain = { path, name, label, description, required, format, choices: [], fields: [], item: undefined };
    const kind = plainKind(property);
    if (kind !== undefined) return { ...plain, kind, choices: choicesOf(property) ?? [] };
    if (typeIn(property) === "array") {
      const items = resolved(own(property, "items"), schema);
      const item = plainKind(items);
      if (item === undefined || item === "flag") return undefined;
      return { ...plain, kind: "list", item: item === "lines" ? "text" : item, choices: choicesOf(items) ?? [] };
    }
    const fields = members(property, path, level + 1);
    return fields && { ...plain, kind: "group", fields };
  };

  return members(schema, "", 1);
}

/** A text, a number, a yes or no, or one of several such. */
function plainKind(property: unknown): "text" | "lines" | "number" | "integer" | "flag" | "choice" | undefined {
  if (branching.some((word) => own(property, word) !== undefined)) return undefined;
  const choices = choicesOf(property);
  if (choices) return choices.every((choice) => typeof choice !== "object" || choice === null) ? "choice" : undefined;
  const type = typeIn(property);
  if (type === "number" || type === "integer") return type;
  if (type === "boolean") return "flag";
  if (type !== "string") return undefined;
  const most = own(property, "maxLength");
  const isLong = (typeof most === "number" && most > longText) || /\n/.test(textOf(own(property, "default")) ?? "");
  return isLong ? "lines" : "text";
}

function choicesOf(property: unknown): readonly unknown[] | undefined {
  const choices = own(property, "enum");
  if (Array.isArray(choices)) return choices;
  const only = own(property, "const");
  return only === undefined ? undefined : [only];
}

/** `["string", "null"]` is a text that may be left out. */
function typeIn(schema: unknown): unknown {
  const type = own(schema, "type");
  if (!Array.isArray(type)) return type;
  const others = type.filter((one) => one !== "null");
  return others.length === 1 ? others[0] : undefined;
}

/** Follows references to the schema's own definitions, as many as one can make without a circle. */
export function resolved(schema: unknown, root: unknown): unknown {
  let at = schema;
  for (let steps = 0; steps < 32; steps++) {
    const name = /^#\/\$defs\/([^/]+)$/.exec(String(own(at, "$ref")))?.[1];
    if (name === undefined) return at;
    at = own(own(root, "$defs"), name.replaceAll("~1", "/").replaceAll("~0", "~"));
  }
  return undefined;
}

/** A name as a part of a JSON Pointer. */
export const escaped = (name: string): string => name.replaceAll("~", "~0").replaceAll("/", "~1");
