import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hasHidden } from "../../../src/approvals/proposal/hidden.ts";
import { shapesOf } from "../../../src/approvals/proposal/shapes.ts";
import { shellLine } from "../../../src/approvals/proposal/shell-line.ts";

const kinds = (data: unknown) => shapesOf(data).map(({ kind }) => kind);

describe("what an agent wants to do is recognised", () => {
  test("a command, with where and with what", () => {
    expect(shapesOf({ command: "npm", args: ["run", "a b"], cwd: "/w", env: { CI: "1" } })).toEqual([
      { kind: "command", line: "npm run 'a b'", cwd: "/w", env: ["CI=1"] },
    ]);
    expect(shapesOf({ command: ["sh", "-c", "it's"], env: ["TOKEN"] })).toEqual([
      { kind: "command", line: "sh -c 'it'\\''s'", cwd: undefined, env: ["TOKEN"] },
    ]);
  });

  test("what a tool is given, one level down", () => {
    expect(shapesOf({ tool_name: "Bash", tool_input: { command: "ls", description: "List" } })).toEqual([
      { kind: "command", line: "ls", cwd: undefined, env: [] },
      { kind: "json", value: { description: "List" } },
      { kind: "json", value: { tool_name: "Bash" } },
    ]);
    expect(kinds({ tool: "Edit", input: { file_path: "a.ts", old_string: "a", new_string: "b" } })).toEqual([
      "diff",
      "json",
    ]);
  });

  test.each<[string, unknown, string[]]>([
    ["a diff", { diff: "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n" }, ["diff"]],
    ["a diff alone", "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n", ["diff"]],
    ["a diff by another name", { change: "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n" }, ["diff"]],
    ["texts before and after", { path: "x", before: "a", after: "b" }, ["diff"]],
    ["a file", { path: "x", content: "hello" }, ["write"]],
    ["a request", { url: "https://a.example/x", method: "POST", headers: { a: "b" }, body: { n: 1 } }, ["request"]],
    ["SQL", { query: "select * from users", database: "main" }, ["sql", "json"]],
    ["a text", "hello", ["text"]],
    ["several lines", { plan: "a\nb", n: 1 }, ["text", "json"]],
    ["what is searched for", { query: "how to select" }, ["json"]],
    ["an address without a scheme", { url: "javascript" }, ["json"]],
    ["what only looks like a diff", { diff: "- a\n+ b" }, ["text"]],
    ["a list", [1], ["json"]],
    ["nothing", null, ["json"]],
    ["an empty object", {}, ["json"]],
  ])("%s", (_what, data, expected) => {
    expect(kinds(data)).toEqual(expected);
  });

  test("nothing is left out, whatever it is", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (data) => {
        const shown = JSON.stringify(shapesOf(data));
        for (const value of Object.values(data)) {
          if (typeof value === "number") expect(shown).toContain(JSON.stringify(value));
          if (typeof value === "string" && /^\w+$/.test(value)) expect(shown).toContain(value);
        }
      }),
    );
  });

  test("members named like shapes, of any kind, break nothing and stay", () => {
    const name = fc.constantFrom(
      ...["command", "args", "cwd", "env", "sql", "query", "url", "method", "headers", "body", "diff", "patch"],
      ...["before", "after", "path", "content", "input", "tool_input", "text"],
    );
    fc.assert(
      fc.property(fc.dictionary(name, fc.oneof(fc.string(), fc.array(fc.string()), fc.jsonValue())), (data) => {
        const shown = JSON.stringify(shapesOf(data)).toLowerCase();
        for (const value of Object.values(data))
          if (typeof value === "string" && /^\w+$/.test(value)) expect(shown).toContain(value.toLowerCase());
      }),
    );
  });
});

test("words that a shell would read otherwise are quoted", () => {
  expect(shellLine("git", ["commit", "-m", "a; rm -rf /", "$HOME", ""])).toBe("git commit -m 'a; rm -rf /' '$HOME' ''");
  expect(shellLine("a | b")).toBe("a | b");
});

test("what cannot be seen is found anywhere in it", () => {
  expect(hasHidden({ a: ["x", { b: "safe\u202egnp.exe" }] })).toBe(true);
  expect(hasHidden({ "na\u200bme": 1 })).toBe(true);
  expect(hasHidden({ a: "two\nlines\tand a tab", n: 1, z: null })).toBe(false);
});
