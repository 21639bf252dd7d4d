import { expect, test } from "vitest";
import { ftsTerms, searchableText } from "../../src/stores/sqlite/search-text.ts";

const body = (data: unknown): string => JSON.stringify({ id: "1", type: "t", timestamp: 1, data });

test("the strings of the data are searchable, in their order, without names and numbers", () => {
  expect(searchableText("t", body({ a: "one", n: 5, b: ["two", { c: "three" }], d: null }))).toBe("one\ntwo\nthree");
  expect(searchableText("t", body("alone"))).toBe("alone");
  expect(searchableText("t", body(null))).toBe("");
});

test("of a process's output only the output is searchable", () => {
  expect(searchableText("process_output", body({ processId: "p", output: "line", stream: "stdout" }))).toBe("line");
  expect(searchableText("process_output", body({ processId: "p" }))).toBe("");
});

test("terminal escape sequences are left out", () => {
  const text =
    "\u001b[1;31mred\u001b[0m \u001b]8;;http://x\u0007link\u001b]8;;\u001b\\ \u001b(Bplain \u001b[2Kend\u001b";
  expect(searchableText("t", body(text))).toBe("red link plain end\u001b");
});

test("of a large event 4,096 characters are searchable", () => {
  expect(searchableText("t", body(["x".repeat(4_000), "y".repeat(4_000), "z"]))).toBe(
    `${"x".repeat(4_000)}\n${"y".repeat(95)}`,
  );
  expect(searchableText("t", body("\u001b[0m".repeat(100_000)))).toBe("");
});

test.each([
  ["two words", '"two" "words"'],
  ['"a phrase" more', '"a phrase" "more"'],
  ['"not closed', '"not closed"'],
  ["begin* x*", '"begin" * "x"'],
  ['"a phra"*', '"a phra" *'],
  ["AND (OR) NEAR/2", '"AND" "(OR)" "NEAR/2"'],
  ["text:x -y ^z", '"text:x" "-y" "^z"'],
  ["*** -- ;", undefined],
  ["", undefined],
  ["a\0b", '"a b"'],
])("a search for %j asks for %j", (text, terms) => {
  expect(ftsTerms(text)).toBe(terms);
});

test("A14 an event may hold more values than a call takes arguments", () => {
  const many: unknown[] = Array.from({ length: 500_000 }, () => 0);
  expect(searchableText("t", body([...many, "last"]))).toBe("last");
  expect(searchableText("t", body(["first", many]))).toBe("first");
});
