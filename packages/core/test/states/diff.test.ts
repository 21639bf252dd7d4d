import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { diff } from "../../src/states/diff.ts";
import { applyPatch } from "../support/apply-patch.ts";

const json = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe("§4.13 patches", () => {
  test("a patch on the one state is the other, whatever they are", () => {
    const value = fc.jsonValue({ maxDepth: 4 });
    const related = fc.tuple(value, value, value).map(([a, b, c]) => [
      { same: a, list: [a, b], more: { a, b }, "a/b": b, "~1": a, __proto__: 1, gone: c },
      { same: a, list: [b, a], more: { a, b: c }, "a/b": c, "~1": a, here: [c] },
    ]);
    fc.assert(
      fc.property(fc.oneof(fc.tuple(value, value), related), ([a, b]) => {
        expect(applyPatch(json(a), json(diff(a, b)) as ReturnType<typeof diff>)).toEqual(json(b));
      }),
      { numRuns: 2_000 },
    );
  });

  test("lists that move on, grow, shrink or change", () => {
    const items = fc.array(fc.oneof(fc.integer({ max: 3, min: 0 }), fc.constant({ n: 1 })), { maxLength: 8 });
    fc.assert(
      fc.property(items, items, fc.nat(8), (a, more, from) => {
        for (const b of [[...a, ...more], [...a.slice(from), ...more], more]) {
          expect(applyPatch({ list: a }, json(diff({ list: a }, { list: b })) as ReturnType<typeof diff>)).toEqual({
            list: b,
          });
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test("a member of the name __proto__ is one like others", () => {
    const before: unknown = JSON.parse('{"__proto__":{"a":1}}');
    const after: unknown = JSON.parse('{"__proto__":{"a":2},"b":1}');
    expect(JSON.stringify(applyPatch(before, diff(before, after)))).toBe('{"__proto__":{"a":2},"b":1}');
  });

  test("members without a value are none", () => {
    expect(diff({ a: undefined, b: 1 }, { b: undefined, c: undefined })).toEqual([{ op: "remove", path: "/b" }]);
    expect(diff({ a: undefined }, { a: 1 })).toEqual([{ op: "add", path: "/a", value: 1 }]);
  });

  test("sixty samples that move on by one are two steps", () => {
    const before = Array.from({ length: 60 }, (_, i) => i);
    expect(diff({ h: before }, { h: [...before.slice(1), 60] })).toEqual([
      { op: "remove", path: "/h/0" },
      { op: "add", path: "/h/-", value: 60 },
    ]);
  });

  test("parts that are the same object are not looked into", () => {
    const part = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error("looked into");
        },
      },
    );
    expect(diff({ part, n: 1 }, { part, n: 2 })).toEqual([{ op: "replace", path: "/n", value: 2 }]);
  });
});
