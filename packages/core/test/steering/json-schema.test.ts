import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { faultIn, readSchema } from "../../src/steering/json-schema.ts";

const faultOf = (schema: unknown, value: unknown) => {
  const read = readSchema(schema, "/schema");
  if (!read.ok) throw new Error(`${read.fault.path} ${read.fault.rule}`);
  return faultIn(read.schema, value, "/data/args");
};

const person = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "Person",
  type: "object",
  required: ["name"],
  additionalProperties: false,
  properties: {
    name: { type: "string", minLength: 1, maxLength: 3, description: "Who", format: "name" },
    age: { type: ["integer", "null"], minimum: 0, exclusiveMaximum: 150 },
    mood: { enum: ["good", { deep: [1] }] },
    friends: { type: "array", maxItems: 2, items: { $ref: "#/$defs/friend" } },
    one: { const: 1 },
    either: { anyOf: [{ type: "string" }, { type: "number", minimum: 5 }] },
    exactly: { oneOf: [{ minimum: 1 }, { maximum: 1 }] },
    both: { allOf: [{ type: "number" }, { minimum: 3 }] },
    never: false,
  },
  $defs: { friend: { type: "object", properties: { name: { type: "string" } }, required: ["name"] } },
};

describe("§10.5 the part of JSON Schema for arguments and answers", () => {
  test.each([
    [{ name: "ada" }],
    [{ name: "😀😀😀", age: 149, mood: { deep: [1] }, friends: [{ name: "x" }, { name: "y", more: 1 }] }],
    [{ name: "a", age: null, one: 1, either: 5, exactly: 0, both: 3 }],
  ])("%j fits", (value) => expect(faultOf(person, value)).toBeUndefined());

  test.each([
    [[], "/data/args", "must be of type object"],
    [{}, "/data/args/name", "is required"],
    [{ name: "" }, "/data/args/name", "must keep to minLength 1"],
    [{ name: "abcd" }, "/data/args/name", "must keep to maxLength 3"],
    [{ name: "a", age: 1.5 }, "/data/args/age", "must be of type integer or null"],
    [{ name: "a", age: 150 }, "/data/args/age", "must keep to exclusiveMaximum 150"],
    [{ name: "a", mood: { deep: [2] } }, "/data/args/mood", 'must be one of "good", {"deep":[1]}'],
    [{ name: "a", friends: [{}] }, "/data/args/friends/0/name", "is required"],
    [{ name: "a", friends: [1, 2, 3] }, "/data/args/friends", "must keep to maxItems 2"],
    [{ name: "a", one: "1" }, "/data/args/one", "must be one of 1"],
    [{ name: "a", either: 4 }, "/data/args/either", "must fit one of anyOf"],
    [{ name: "a", exactly: 1 }, "/data/args/exactly", "must fit exactly one of oneOf"],
    [{ name: "a", both: 2 }, "/data/args/both", "must keep to minimum 3"],
    [{ name: "a", never: 1 }, "/data/args/never", "is not allowed"],
    [{ name: "a", other: 1 }, "/data/args/other", "is not allowed"],
  ])("%j does not: %s %s", (value, path, rule) => expect(faultOf(person, value)).toEqual({ path, rule }));

  test("of alternatives the one that was meant says what is wrong, where one fits deeper than the others", () => {
    const start = (recipe: string, args: object) => ({
      properties: {
        recipe: { const: recipe },
        args: { type: "object", properties: args, additionalProperties: false },
      },
    });
    const schema = { anyOf: [start("test", { file: { type: "string" } }), start("build", {}), { type: "null" }] };
    expect(faultOf(schema, { recipe: "test", args: { file: 1 } })).toEqual({
      ...{ path: "/data/args/args/file", rule: "must be of type string" },
    });
    expect(faultOf(schema, { recipe: "none" })).toEqual({ path: "/data/args", rule: "must fit one of anyOf" });
  });

  test.each([
    [{ pattern: "(a+)+$" }, "/schema/pattern"],
    [{ properties: { a: { patternProperties: {} } } }, "/schema/properties/a/patternProperties"],
    [{ $ref: "https://example.org/x" }, "/schema/$ref"],
    [{ $ref: "#/$defs/none" }, "/schema/$ref"],
    [{ $ref: "#" }, "/schema/$ref"],
    [{ type: "text" }, "/schema/type"],
    [{ minimum: "1" }, "/schema/minimum"],
    [{ required: [1] }, "/schema/required"],
    [{ anyOf: [] }, "/schema/anyOf"],
    [{ unevaluatedProperties: false }, "/schema/unevaluatedProperties"],
    [7, "/schema"],
    ["x".repeat(70_000), "/schema"],
  ])("%.60j cannot be used", (schema, path) => {
    expect(readSchema(schema, "/schema")).toMatchObject({ ok: false, fault: { path } });
  });

  test("a schema that refers to itself, or grows without end, is refused", () => {
    const circle = { $ref: "#/$defs/a", $defs: { a: { items: { $ref: "#/$defs/a" } } } };
    expect(readSchema(circle, "/s")).toMatchObject({ ok: false, fault: { rule: expect.stringContaining("itself") } });
    const defs: Record<string, unknown> = { d0: {} };
    for (let i = 1; i < 25; i++) {
      defs[`d${i}`] = { allOf: [{ $ref: `#/$defs/d${i - 1}` }, { $ref: `#/$defs/d${i - 1}` }] };
    }
    expect(readSchema({ $ref: "#/$defs/d10", $defs: defs }, "/s")).toMatchObject({ ok: false });
  });

  test("a check that would take long is given up", () => {
    const branches = Array.from({ length: 900 }, (_, i) => ({ const: i }));
    const value = Array.from({ length: 5_000 }, () => 899);
    expect(faultOf({ items: { anyOf: branches } }, value)?.rule).toBe("takes too much work to check");
  });

  test("no schema and no value breaks it", () => {
    const keyword = fc.constantFrom("type", "items", "properties", "required", "enum", "anyOf", "$ref", "minimum", "x");
    const schema = fc.oneof(fc.jsonValue(), fc.dictionary(keyword, fc.jsonValue()));
    fc.assert(
      fc.property(schema, fc.jsonValue(), (given, value) => {
        const read = readSchema(given, "");
        if (read.ok) faultIn(read.schema, value, "");
      }),
    );
  });

  test("what a value inherits is not its own", () => {
    expect(faultOf({ required: ["toString"] }, {})).toEqual({ path: "/data/args/toString", rule: "is required" });
    expect(faultOf({ properties: { constructor: { type: "number" } } }, {})).toBeUndefined();
  });
});
