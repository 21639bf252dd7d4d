/** Data that a schema allows, with one text in every place that takes a text. */
type Schema = Record<string, unknown>;

const isSchema = (value: unknown): value is Schema => typeof value === "object" && value !== null;

/** `ids`: what to put where a name of something has to stand. */
export function filled(schema: unknown, text: string, ids: Readonly<Record<string, string>>, name = ""): unknown {
  if (!isSchema(schema)) return text;
  if (ids[name] !== undefined) return ids[name];
  if ("const" in schema) return schema.const;
  if (Array.isArray(schema.enum)) return schema.enum[0];
  if (Array.isArray(schema.anyOf)) return filled(schema.anyOf[0], text, ids, name);
  switch (schema.type) {
    case "object": {
      const { properties, additionalProperties } = schema;
      if (!isSchema(properties)) return { [text]: filled(additionalProperties, text, ids) };
      return Object.fromEntries(Object.entries(properties).map(([key, one]) => [key, filled(one, text, ids, key)]));
    }
    case "array":
      return [filled(schema.items, text, ids, name)];
    case "integer":
    case "number":
      return typeof schema.minimum === "number" ? schema.minimum + 1 : 1;
    case "boolean":
      return true;
    case "string":
      if (typeof schema.pattern === "string" && !new RegExp(schema.pattern, "u").test(text)) return "x-1";
      return text.slice(0, typeof schema.maxLength === "number" ? schema.maxLength : undefined) || "-";
    default:
      // Anything at all: the text as a value, as a key, and deep inside.
      return { [text]: text, list: [text, { deeper: text }] };
  }
}
