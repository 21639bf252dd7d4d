import { describe, expect, test } from "vitest";
import { patched } from "../src/patched.ts";

describe("§4.13 a patch on a state", () => {
  test("adds, replaces and removes members and items", () => {
    const before = { a: 1, list: [1, 2], in: { x: 1 } };
    const after = patched(before, [
      { op: "replace", path: "/a", value: 2 },
      { op: "add", path: "/list/-", value: 3 },
      { op: "remove", path: "/list/0" },
      { op: "add", path: "/list/0", value: 0 },
      { op: "replace", path: "/list/1", value: 9 },
      { op: "remove", path: "/in/x" },
      { op: "add", path: "/in/y~1z~0", value: [] },
    ]);
    expect(after).toEqual({ a: 2, list: [0, 9, 3], in: { "y/z~": [] } });
    expect(before).toEqual({ a: 1, list: [1, 2], in: { x: 1 } });
  });

  test("what it does not touch are the same objects", () => {
    const before = { same: {}, list: [{}, {}], n: 1 };
    const after = patched(before, [{ op: "replace", path: "/list/1", value: 1 }]) as typeof before;
    expect(after.same).toBe(before.same);
    expect(after.list[0]).toBe(before.list[0]);
    expect(patched(before, [])).toBe(before);
    expect(patched(before, [{ op: "replace", path: "", value: 7 }])).toBe(7);
  });

  test("a member of the name __proto__ is one like others", () => {
    const after = patched({}, [{ op: "add", path: "/__proto__", value: { polluted: true } }]);
    expect(Object.getPrototypeOf(after)).toBe(Object.prototype);
    expect(JSON.stringify(after)).toBe('{"__proto__":{"polluted":true}}');
    expect(patched(after, [{ op: "remove", path: "/__proto__" }])).toEqual({});
  });

  test.each([
    ["/a/b", "a member of what is none"],
    ["/gone", "a member that is not there"],
    ["/list/2", "an item that is not there"],
    ["/list/x", "an item without a number"],
    ["/toString", "a member of every object's prototype"],
  ])("does not fit: %s, %s", (path) => {
    expect(() => patched({ a: 1, list: [1, 2] }, [{ op: "replace", path, value: 1 }])).toThrow(path);
    expect(() => patched({ a: 1, list: [1, 2] }, [{ op: "remove", path }])).toThrow(path);
  });
});
