import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { faultsIn } from "../../src/forms/check.ts";
import { type Entries, firstEntries, readEntries, readJson } from "../../src/forms/entries.ts";
import { type Field, fieldsOf } from "../../src/forms/schema.ts";

const schema = {
  type: "object",
  required: ["branch", "n"],
  properties: {
    branch: { type: "string", title: "Branch", description: "What to ship", default: "main", maxLength: 12 },
    n: { type: "integer", minimum: 1, maximum: 9 },
    ratio: { type: "number" },
    dry: { type: "boolean" },
    region: { enum: ["eu", 7, null] },
    target: { type: "object", required: ["host"], properties: { host: { type: "string" }, port: { type: "integer" } } },
    paths: { type: "array", items: { type: "string" }, maxItems: 3 },
  },
};
const fields = fieldsOf(schema) ?? [];
const read = (entries: Entries) => readEntries(fields, schema, entries);
const good = { "/branch": "x", "/n": "1" };

describe("a form is made of an object's schema", () => {
  test("a field for each member, a group for each object, a list for each list of plain values", () => {
    const tell = ({ path, label, kind, required }: Field) => [path, label, kind, required];
    expect(fields.map(tell)).toEqual([
      ["/branch", "Branch", "text", true],
      ["/n", "n", "integer", true],
      ["/ratio", "ratio", "number", false],
      ["/dry", "dry", "flag", false],
      ["/region", "region", "choice", false],
      ["/target", "target", "group", false],
      ["/paths", "paths", "list", false],
    ]);
    expect(fields[5]?.fields.map(tell)).toEqual([
      ["/target/host", "host", "text", true],
      ["/target/port", "port", "integer", false],
    ]);
  });

  test("definitions are followed, null may be left out, long texts have several lines", () => {
    const given = {
      type: "object",
      $defs: { size: { type: "integer" } },
      properties: {
        s: { $ref: "#/$defs/size" },
        t: { type: ["string", "null"] },
        long: { type: "string", maxLength: 900 },
      },
    };
    expect(fieldsOf(given)?.map(({ kind }) => kind)).toEqual(["integer", "text", "lines"]);
  });

  test.each<[string, unknown]>([
    ["nothing", undefined],
    ["a text", { type: "string" }],
    ["a list of anything", { type: "object", properties: { a: { type: "array" } } }],
    ["a list of objects", { type: "object", properties: { a: { type: "array", items: { type: "object" } } } }],
    ["an object of anything", { type: "object", properties: { a: { type: "object" } } }],
    ["a choice of objects", { type: "object", properties: { a: { enum: [{}] } } }],
    ["alternatives", { type: "object", properties: {}, anyOf: [] }],
    ["a circle", { type: "object", $defs: { a: { $ref: "#/$defs/a" } }, properties: { a: { $ref: "#/$defs/a" } } }],
    [
      "more fields than one fills in",
      {
        type: "object",
        properties: Object.fromEntries(Array.from({ length: 99 }, (_, at) => [at, { type: "string" }])),
      },
    ],
  ])("%s is written as JSON", (_what, given) => {
    expect(fieldsOf(given)).toBeUndefined();
  });

  test("no schema breaks it", () => {
    fc.assert(fc.property(fc.anything(), (given) => Array.isArray(fieldsOf(given) ?? [])));
    fc.assert(fc.property(fc.anything(), fc.jsonValue(), (given, value) => Array.isArray(faultsIn(given, value))));
  });
});

describe("what was entered", () => {
  test("begins with what there was before, then with defaults", () => {
    const before = { n: 3, region: "eu", dry: true, ratio: {}, target: { host: "h" }, paths: ["a", "b"] };
    expect(firstEntries(fields, schema, before)).toEqual({
      ...{ "/branch": "main", "/n": "3", "/ratio": "", "/dry": true, "/region": '"eu"' },
      ...{ "/target/host": "h", "/target/port": "", "/paths": ["a", "b"] },
    });
    expect(firstEntries(fields, schema, "text")).toMatchObject({ "/branch": "main", "/region": "" });
  });

  test("is read by its kinds, and what was left empty is left out", () => {
    expect(read({ "/branch": "", "/n": "4", "/ratio": "", "/dry": false, "/region": "7" })).toEqual({
      ok: true,
      value: { branch: "", n: 4, dry: false, region: 7 },
    });
    const more = { "/ratio": "0.5", "/dry": true, "/region": "", "/target/host": "h", "/target/port": "80" };
    expect(read({ ...good, ...more, "/paths": ["a", "", "b"] })).toEqual({
      ok: true,
      value: { branch: "x", n: 1, ratio: 0.5, dry: true, target: { host: "h", port: 80 }, paths: ["a", "b"] },
    });
    // A list that was emptied is an empty list; one that never was there is none.
    expect(read({ ...good, "/paths": [] })).toEqual({ ok: true, value: { branch: "x", n: 1, dry: false, paths: [] } });
  });

  test.each<[Entries, string, string]>([
    [{ "/n": "" }, "/n", "n is needed"],
    [{ "/n": "1.5" }, "/n", "n must be a whole number"],
    [{ "/ratio": "half" }, "/ratio", "ratio must be a number"],
    [{ "/n": "10" }, "/n", "n must be at most 9"],
    [{ "/n": "0" }, "/n", "n must be at least 1"],
    [{ "/branch": "much too long a name" }, "/branch", "Branch must have at most 12 characters"],
    [{ "/target/port": "80", "/target/host": "" }, "", ""],
    [{ "/target/port": "x", "/target/host": "h" }, "/target/port", "port must be a whole number"],
    [{ "/paths": ["a", "b", "c", "d"] }, "/paths", "paths must have at most 3 items"],
  ])("%j: what is wrong is said at its field", (entries, path, fault) => {
    const said = read({ ...good, ...entries });
    if (fault === "") expect(said.ok).toBe(true);
    else expect(said).toMatchObject({ ok: false, fault, faults: [{ path }] });
  });

  test("JSON is JSON that fits, or nothing", () => {
    expect(readJson({}, " ")).toEqual({ ok: true, value: undefined });
    expect(readJson({ type: "object" }, '{"a":[1]}')).toEqual({ ok: true, value: { a: [1] } });
    expect(readJson({}, "{a}")).toMatchObject({ ok: false, fault: expect.stringContaining("not JSON") });
    expect(readJson({ type: "array" }, "{}")).toMatchObject({ ok: false, fault: "It must be a list" });
  });
});

test.each<[unknown, unknown, string | undefined]>([
  [{ type: "string", format: "date" }, "tomorrow", "must be a date such as 2026-11-28"],
  [{ type: "string", format: "date" }, "2026-11-28", undefined],
  [{ type: "string", format: "email" }, "ada", "must be an e-mail address"],
  [{ type: "string", format: "odd" }, "x", undefined],
  [{ type: "string", minLength: 1 }, "", "is needed"],
  [{ type: "number", exclusiveMinimum: 0 }, 0, "must be more than 0"],
  [{ enum: [1, 2] }, 3, "must be one of the choices"],
  [{ const: "a" }, "b", 'must be "a"'],
  [{ type: "object", additionalProperties: false, properties: {} }, { x: 1 }, "may not have “x”"],
  [{ type: "object", required: ["a"] }, {}, "is needed"],
  [{ type: "array", items: { type: "integer" } }, [1, "2"], "must be a whole number"],
  [{ type: ["string", "null"] }, 1, "must be a text or null"],
])("%j holds %j against it: %s", (given, value, rule) => {
  expect(faultsIn(given, value)[0]?.rule).toBe(rule);
});
