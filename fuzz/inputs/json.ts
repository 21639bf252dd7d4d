/** JSON values that fit a schema, values that fit nothing, and texts that are nearly JSON. */
import fc from "fast-check";
import { mutated, oddTexts } from "./text.ts";

type Schema = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Schema =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const numberOr = (value: unknown, otherwise: number): number => (typeof value === "number" ? value : otherwise);

const oddNumbers = [
  0,
  -0,
  1,
  -1,
  0.5,
  2 ** 31,
  2 ** 53,
  2 ** 53 - 1,
  -(2 ** 53),
  1e21,
  1e308,
  5e-324,
  1_700_000_000_000,
];
const oddKeys = [
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "type",
  "id",
  "channel",
  "0",
  "65536",
  "",
  "é",
  "*",
];

const binaryText = fc.string({ unit: "binary", maxLength: 12 });

const leaf: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, true, false, ...oddNumbers),
  fc.constantFrom(...oddTexts),
  fc.integer(),
  binaryText,
);

/** Members are the object's own, `__proto__` as well. */
const objectOf = (values: fc.Arbitrary<unknown>): fc.Arbitrary<object> =>
  fc
    .array(fc.tuple(fc.oneof(fc.constantFrom(...oddKeys), fc.string({ maxLength: 6 })), values), { maxLength: 4 })
    .map((members) => Object.fromEntries(members));

/** Any JSON value, small, at most four levels deep. */
export const anyJson: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthIdentifier: "json" },
    { weight: 3, arbitrary: leaf },
    fc.array(tie("value"), { maxLength: 4 }),
    objectOf(tie("value")),
  ),
})).value;

/** Values that fit a JSON Schema as the catalogue writes them. What it does not understand becomes any value. */
export function fitting(schema: unknown): fc.Arbitrary<unknown> {
  if (!isObject(schema)) return anyJson;
  if (Array.isArray(schema.enum)) return fc.constantFrom<unknown>(...schema.enum);
  if ("const" in schema) return fc.constant(schema.const);
  if (Array.isArray(schema.anyOf) && schema.type === undefined) return fc.oneof(...schema.anyOf.map(fitting));
  switch (schema.type) {
    case "string":
      return textFor(schema);
    case "integer":
    case "number": {
      const least = numberOr(schema.minimum, -100);
      const most = numberOr(schema.maximum, least + 1_000);
      const whole = { min: Math.ceil(least), max: Math.floor(Math.min(most, least + 1_000)) };
      return fc.oneof(fc.integer(whole), fc.constantFrom(least, most));
    }
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "array":
      return fc.array(fitting(schema.items), { maxLength: Math.min(numberOr(schema.maxItems, 3), 3) });
    case "object":
      return objectFor(schema);
    default:
      return anyJson;
  }
}

/** Made once: fast-check builds tables of all graphemes for each. */
const anyText = fc.string({ unit: "grapheme", maxLength: 12 });

function textFor({ pattern, minLength, maxLength, examples }: Schema): fc.Arbitrary<string> {
  if (typeof pattern === "string") return fc.stringMatching(new RegExp(pattern), { maxLength: 24 });
  const names = ["a", "coder-001", "p1", "s1", "a/b", "x y"];
  const known: string[] = Array.isArray(examples) ? examples.filter((one) => typeof one === "string") : names;
  const longest = numberOr(maxLength, 40);
  return fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...(known.length > 0 ? known : names)) },
    anyText.map((text) => text.slice(0, longest).padEnd(numberOr(minLength, 0), "x")),
    fc.constant("x".repeat(Math.min(longest, 1_000))),
  );
}

function objectFor({ properties, required, additionalProperties, anyOf }: Schema): fc.Arbitrary<unknown> {
  const all = isObject(properties) ? Object.entries(properties) : [];
  const needed = new Set<unknown>(Array.isArray(required) ? required : []);
  const members = Object.fromEntries(all.map(([name, one]) => [name, fitting(one)]));
  const others = isObject(additionalProperties) ? objectOfOnly(fitting(additionalProperties)) : fc.constant({});
  // Of the alternatives, one is fulfilled.
  const alternatives = Array.isArray(anyOf) ? anyOf.filter(isObject) : [{}];
  return fc.oneof(
    ...alternatives.map((alternative) => {
      const also: unknown[] =
        "required" in alternative && Array.isArray(alternative.required) ? alternative.required : [];
      const requiredKeys = all.map(([name]) => name).filter((name) => needed.has(name) || also.includes(name));
      const known = fc.record<Record<string, unknown>>(members, { requiredKeys });
      return fc.tuple(known, others).map(([first, second]) => ({ ...second, ...first }));
    }),
  );
}

const objectOfOnly = (values: fc.Arbitrary<unknown>): fc.Arbitrary<object> =>
  fc
    .array(fc.tuple(fc.constantFrom("a", "b", "agent:a", "__proto__"), values), { maxLength: 3 })
    .map((members) => Object.fromEntries(members));

/** The same value with one of its members, chosen by number, replaced. */
export function spoiled(value: unknown, at: number, by: unknown): unknown {
  let left = at;
  const walk = (here: unknown): unknown => {
    if (left-- === 0) return by;
    if (Array.isArray(here)) return here.map(walk);
    if (!isObject(here)) return here;
    return Object.fromEntries(Object.entries(here).map(([key, member]) => [key, walk(member)]));
  };
  return walk(value);
}

const pieces = [
  '"__proto__":',
  '"id":"a",',
  '"type":',
  "[[[[",
  "]]]]",
  "}}",
  "1e999",
  "-",
  "\\u0000",
  "\\ud800",
  '"\\',
  "1.e1",
];
const wide = (keys: number): string => `{${Array.from({ length: keys }, (_, i) => `"${i * 65_536}":0`).join(",")}}`;
const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);

const extremes: readonly string[] = [
  ...["[", "]", "{", "}", "", "0", "1e999", "-1e999", '"', "nul", "\ufeff{}", "[,]", '{"a":1,}', "{'a':1}", "01"],
  nested(40),
  `${"[".repeat(5_000)}`,
  `${'{"a":'.repeat(33)}1${"}".repeat(33)}`,
  ...[995, 996, 997, 998, 1_001].map((keys) => `{"type":"note","channel":"global","id":"m1","data":${wide(keys)}}`),
  ...[29, 30, 31, 32, 33].map((depth) => `{"type":"note","channel":"global","id":"m1","data":${nested(depth)}}`),
];

/** JSON of these values, whole or changed, and now and then something extreme instead. */
export const jsonText = (values: fc.Arbitrary<unknown>): fc.Arbitrary<string> => {
  const text = values.map((value) => JSON.stringify(value));
  return fc.oneof(
    { weight: 12, arbitrary: text },
    { weight: 12, arbitrary: mutated(text, pieces) },
    { weight: 1, arbitrary: fc.constantFrom(...extremes) },
  );
};
