import { expect, test } from "vitest";
import { cutAtMatches, highlighter } from "../../src/log/highlight.ts";

const marked = (search: string, text: string): string[] => {
  const found = highlighter(search);
  return found ? cutAtMatches(text, found).filter((_, at) => at % 2 === 1) : [];
};

test("words, phrases and beginnings are marked, in any case", () => {
  expect(marked("error", "An Error, an error")).toEqual(["Error", "error"]);
  expect(marked('"not found" time*', "Not found at this time")).toEqual(["Not found", "time"]);
});

test("characters of patterns stand for themselves", () => {
  expect(marked("a.b (x)", "aXb a.b (x)")).toEqual(["a.b", "(x)"]);
  expect(highlighter('  "" ')).toBeUndefined();
});
