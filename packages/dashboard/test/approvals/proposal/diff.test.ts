import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { changesBetween } from "../../../src/approvals/proposal/changes.ts";
import { diffRows, linesIn } from "../../../src/approvals/proposal/diff-rows.ts";
import { diffLines } from "../../../src/approvals/proposal/line-diff.ts";
import { type DiffFile, parseDiff } from "../../../src/approvals/proposal/unified-diff.ts";

const git = `diff --git a/src/a.ts b/src/a.ts
index 1..2 100644
--- a/src/a.ts
+++ b/src/a.ts
@@ -10,3 +10,4 @@ export function run() {
 one
-two
+2
+-- not a head
 three
diff --git a/new.txt b/new.txt
new file mode 100644
--- /dev/null
+++ b/new.txt
@@ -0,0 +1 @@
+hello
\\ No newline at end of file
diff --git a/old.bin b/moved.bin
similarity index 100%
rename from old.bin
rename to moved.bin
`;

const signs = (lines: ReturnType<typeof diffLines>) => lines.map(({ sign, text }) => sign + text).join("|");

describe("a unified diff is read", () => {
  const files = parseDiff(git) ?? [];

  test("in files, each with what became of it", () => {
    expect(files.map(({ path, from, what, added, removed }) => [path, from, what, added, removed])).toEqual([
      ["src/a.ts", undefined, "changed", 2, 1],
      ["new.txt", undefined, "added", 1, 0],
      ["moved.bin", "old.bin", "renamed", 0, 0],
    ]);
  });

  test("in lines with their numbers, counted by the hunk's head", () => {
    expect(files[0]?.hunks[0]).toEqual({
      heading: "export function run() {",
      lines: [
        { sign: " ", text: "one", oldNo: 10, newNo: 10 },
        { sign: "-", text: "two", oldNo: 11, newNo: undefined },
        { sign: "+", text: "2", oldNo: undefined, newNo: 11 },
        { sign: "+", text: "-- not a head", oldNo: undefined, newNo: 12 },
        { sign: " ", text: "three", oldNo: 12, newNo: 13 },
      ],
    });
  });

  test("without git's own lines too, and two files of it", () => {
    const plain = "--- x.txt\t2026\n+++ x.txt\t2026\n@@ -1 +1 @@\n-a\n+b\n--- y\n+++ y\n@@ -1 +1 @@\n-c\n+d\n";
    expect(parseDiff(plain)?.map(({ path, added }) => [path, added])).toEqual([
      ["x.txt", 1],
      ["y", 1],
    ]);
  });

  test("anything else is none", () => {
    expect(parseDiff("- a\n+ b")).toBeUndefined();
    expect(parseDiff("--- a\n+++ b\n")).toBeUndefined();
    fc.assert(fc.property(fc.string(), (text) => (parseDiff(text) ?? []).length >= 0));
  });

  test("what does not fit stays as a note", () => {
    const odd = "hello\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\nBinary files differ\n";
    expect(parseDiff(odd)?.[0]?.notes).toEqual(["hello", "Binary files differ"]);
  });
});

describe("texts are compared line by line", () => {
  test("with the fewest changes", () => {
    expect(signs(diffLines("a\nb\nc\nd", "a\nc\nd\ne"))).toBe(" a|-b| c| d|+e");
    expect(signs(diffLines("", "a\nb\n"))).toBe("+a|+b");
    expect(signs(diffLines("a", ""))).toBe("-a");
  });

  test("both texts can be read from it, whatever they are", () => {
    const text = fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 12 });
    fc.assert(
      fc.property(text, text, (before, after) => {
        const lines = diffLines(before.join("\n"), after.join("\n"));
        expect(lines.filter(({ sign }) => sign !== "+").map((line) => line.text)).toEqual(before);
        expect(lines.filter(({ sign }) => sign !== "-").map((line) => line.text)).toEqual(after);
      }),
    );
  });

  test("texts of 64 KiB that have nothing in common are one replaced by the other", () => {
    const lines = (word: string) => Array.from({ length: 8_000 }, (_, at) => `${word}${at}`).join("\n");
    const diff = diffLines(lines("a"), lines("b"));
    expect(diff.filter(({ sign }) => sign === "-").length).toBe(8_000);
    expect(diff.length).toBe(16_000);
  });
});

describe("what is drawn", () => {
  const lines = diffLines(
    Array.from({ length: 30 }, (_, at) => `line ${at}`).join("\n"),
    Array.from({ length: 30 }, (_, at) => (at === 15 ? "changed" : `line ${at}`)).join("\n"),
  );
  const file: DiffFile = {
    ...{ path: "x", from: undefined, what: "changed", added: 1, removed: 1, notes: [] },
    hunks: [{ heading: "", lines }],
  };

  test("long stretches without a change are folded, and open when asked", () => {
    const rows = diffRows([file], new Set());
    expect(rows.filter(({ row }) => row === "line").length).toBe(8);
    expect(rows.flatMap((row) => (row.row === "fold" ? [row.count] : []))).toEqual([12, 11]);
    const opened = new Set(rows.flatMap((row) => (row.row === "fold" ? [row.id] : [])));
    expect(diffRows([file], opened).filter(({ row }) => row === "line").length).toBe(linesIn([file]));
  });
});

test("what was changed against the proposal is told member by member", () => {
  expect(changesBetween({ n: 1, env: { A: "x" }, list: [1, 2] }, { n: 3, env: { A: "x", B: "y" }, list: [1] })).toEqual(
    [
      { path: "n", before: "1", after: "3" },
      { path: "env.B", before: undefined, after: '"y"' },
      { path: "list[1]", before: "2", after: undefined },
    ],
  );
  expect(changesBetween({ a: 1 }, { a: 1 })).toEqual([]);
  expect(changesBetween("a", "b")).toEqual([{ path: "", before: '"a"', after: '"b"' }]);
  fc.assert(fc.property(fc.jsonValue(), (value) => changesBetween(value, structuredClone(value)).length === 0));
});
