import { expect, test } from "vitest";
import { testsShown } from "../../src/tests/test-order.ts";
import type { Mark, TestRecord } from "../../src/tests/test-record.ts";
import { readTestSearch } from "../../src/tests/test-search.ts";

const record = (name: string, ...outcomes: Array<Mark["outcome"]>): TestRecord => ({
  ...{
    key: name,
    name,
    suite: "s",
    file: "f.ts",
    line: undefined,
    message: undefined,
    failedAt: undefined,
    sessionId: undefined,
  },
  marks: outcomes.map((outcome, at) => ({ outcome, run: `${at}`, at, durationMs: name.length })),
});

const tests = [
  record("test 10", "passed"),
  record("test 9", "passed"),
  record("bad", "failed"),
  record("odd", "passed", "failed", "passed", "failed", "passed"),
];
const names = (search: object): string[] => testsShown(tests, search).map(({ name }) => name);

test("what fails is first, then what is flaky, then the others by name as people count", () => {
  expect(names({})).toEqual(["bad", "odd", "test 9", "test 10"]);
  expect(names({ sort: "-name" })).toEqual(["test 10", "test 9", "odd", "bad"]);
  expect(names({ sort: "duration" })).toEqual(["bad", "odd", "test 9", "test 10"]);
  expect(names({ sort: "constructor" })).toEqual(["bad", "odd", "test 9", "test 10"]);
});

test("only what was asked for", () => {
  expect(names({ only: "failing" })).toEqual(["bad"]);
  expect(names({ only: "flaky" })).toEqual(["odd"]);
  expect(names({ q: "TEST f.ts" })).toEqual(["test 9", "test 10"]);
});

test("an address says whose tests, and nothing that is no channel of tests", () => {
  expect(readTestSearch({ channel: "agent:a", only: "flaky", q: 7 })).toEqual({
    channel: "agent:a",
    only: "flaky",
    q: "7",
  });
  expect(readTestSearch({ channel: "global", only: "all" })).toEqual({});
});
