import { expect, test } from "vitest";
import { countLine, countTests } from "./test-count.ts";

const line = (files: [string, ...string[]][], exitCode: number): string => {
  const testResults = files.map(([status, ...tests]) => ({
    status,
    assertionResults: tests.map((one) => ({ status: one })),
  }));
  return countLine(countTests(JSON.stringify({ testResults }), exitCode));
};

test("tests are counted over all files", () => {
  expect(
    line(
      [
        ["passed", "passed", "passed"],
        ["failed", "failed", "passed"],
      ],
      1,
    ),
  ).toBe("3 passed, 1 failed");
});

test("skipped and to-do tests are told, when there are any", () => {
  expect(line([["passed", "passed", "skipped", "pending", "todo"]], 0)).toBe("1 passed, 0 failed, 3 skipped");
});

test("a file that did not load counts as failed", () => {
  expect(line([["passed", "passed"], ["failed"]], 1)).toBe("1 passed, 1 failed");
});

test("a file whose hook failed after its tests passed counts as failed", () => {
  expect(line([["failed", "passed"]], 1)).toBe("1 passed, 1 failed");
});

test("a run that failed without a failed test, as on an unhandled rejection, counts as failed", () => {
  expect(line([["passed", "passed"]], 1)).toBe("1 passed, 1 failed");
});

test("a run that died before its report counts as failed", () => {
  expect(countLine(countTests(undefined, 1))).toBe("0 passed, 1 failed");
});
