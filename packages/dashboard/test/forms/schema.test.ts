import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fieldsOf, firstEntries, readEntries, readJson } from "../../src/forms/schema.ts";

const schema = {
  type: "object",
  required: ["branch", "n"],
  properties: {
    branch: { type: "string", title: "Branch", description: "What to ship", default: "main" },
    n: { type: "integer" },
    ratio: { type: "number" },
    dry: { type: "boolean" },
    region: { enum: ["eu", 7, null] },
  },
};
const fields = fieldsOf(schema) ?? [];

describe("a form is made of a simple object's schema", () => {
  test("a field for each member", () => {
    expect(fields.map(({ name, label, kind, required }) => [name, label, kind, required])).toEqual([
      ["branch", "Branch", "text", true],
      ["n", "n", "integer", true],
      ["ratio", "ratio", "number", false],
      ["dry", "dry", "flag", false],
      ["region", "region", "choice", false],
    ]);
  });

  test.each<[string, unknown]>([
    ["nothing", undefined],
    ["a text", { type: "string" }],
    ["a list within", { type: "object", properties: { a: { type: "array" } } }],
    ["an object within", { type: "object", properties: { a: { type: "object" } } }],
    ["a choice of objects", { type: "object", properties: { a: { enum: [{}] } } }],
    ["alternatives", { type: "object", properties: {}, anyOf: [] }],
    ["a reference", { type: "object", properties: {}, $ref: "#/$defs/a" }],
  ])("%s is written as JSON", (_what, given) => {
    expect(fieldsOf(given)).toBeUndefined();
  });

  test("no schema breaks it", () => {
    fc.assert(fc.property(fc.anything(), (given) => Array.isArray(fieldsOf(given) ?? [])));
  });
});

describe("what was entered", () => {
  test("begins with what there was before, then with defaults", () => {
    expect(firstEntries(fields, schema, { n: 3, region: "eu", dry: true, ratio: {} })).toEqual({
      ...{ branch: "main", n: "3", ratio: "", dry: true, region: '"eu"' },
    });
    expect(firstEntries(fields, schema, "text")).toMatchObject({ branch: "main", region: "" });
  });

  test("is read by its kinds, and what was left empty is left out", () => {
    const entries = { branch: "", n: "4", ratio: "", dry: false, region: "7" };
    expect(readEntries(fields, entries)).toEqual({ ok: true, value: { branch: "", n: 4, dry: false, region: 7 } });
    expect(readEntries(fields, { branch: "x", n: "1", ratio: "0.5", dry: true, region: "" })).toEqual({
      ok: true,
      value: { branch: "x", n: 1, ratio: 0.5, dry: true },
    });
  });

  test.each([
    [{ branch: "x", n: "" }, "n is needed"],
    [{ branch: "x", n: "1.5" }, "n must be a whole number"],
    [{ branch: "x", n: "1", ratio: "half" }, "ratio must be a number"],
  ])("%j is not taken: %s", (entries, fault) => {
    expect(readEntries(fields, entries)).toEqual({ ok: false, fault });
  });

  test("JSON is JSON, or nothing", () => {
    expect(readJson(" ")).toEqual({ ok: true, value: undefined });
    expect(readJson('{"a":[1]}')).toEqual({ ok: true, value: { a: [1] } });
    expect(readJson("{a}")).toMatchObject({ ok: false, fault: expect.stringContaining("not JSON") });
  });
});
