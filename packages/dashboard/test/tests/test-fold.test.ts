import { expect, test } from "vitest";
import { TestFold, type TestView } from "../../src/tests/test-fold.ts";

type Told = [type: string, data: object];

function folded(...told: Told[]): TestView {
  const fold = new TestFold();
  for (const [at, [type, data]] of told.entries())
    fold.add({ type, data, timestamp: (at + 1) * 1_000, offset: at + 1 });
  return fold.view();
}

const result = (data: object): Told => ["test_result", data];
const one = (runId: string | undefined, total: number, name: string, outcome: string): Told =>
  result({ runId, total, passing: 0, failing: 0, test: { name, outcome } });
const outcomes = (view: TestView): Record<string, string[]> =>
  Object.fromEntries(view.tests.map(({ key, marks }) => [key, marks.map(({ outcome }) => outcome)]));

test("each test has a mark for each run, however often a run was told of", () => {
  const view = folded(
    one("r1", 1, "adds", "passed"),
    one("r1", 2, "rounds", "failed"),
    result({
      runId: "r1",
      total: 2,
      passing: 1,
      failing: 1,
      durationMs: 9,
      failures: [{ name: "rounds", message: "no" }],
    }),
    one("r2", 1, "adds", "passed"),
    one("r2", 2, "rounds", "passed"),
  );
  expect(outcomes(view)).toEqual({ adds: ["passed", "passed"], rounds: ["failed", "passed"] });
  expect(view.runs.map(({ run, total }) => [run, total])).toEqual([
    ["r1", 2],
    ["r2", 2],
  ]);
  expect(view.tests.find(({ name }) => name === "rounds")).toMatchObject({ message: "no", failedAt: 2_000 });
});

test("who tells only failures says by it that the others pass now", () => {
  const view = folded(
    result({ runId: "r1", total: 5, passing: 3, failing: 2, failures: [{ name: "a" }, { name: "b" }] }),
    result({ runId: "r2", total: 5, passing: 4, failing: 1, failures: [{ name: "b" }] }),
    result({ runId: "r3", total: 5, passing: 5, failing: 0 }),
  );
  expect(outcomes(view)).toEqual({ a: ["failed", "passed"], b: ["failed", "failed", "passed"] });
});

test("another suite's summary says nothing of this one's tests", () => {
  const view = folded(
    result({ suite: "unit", total: 1, passing: 0, failing: 1, failures: [{ name: "a" }] }),
    result({ suite: "system", total: 1, passing: 1, failing: 0 }),
  );
  expect(outcomes(view)).toEqual({ "unit › a": ["failed"] });
});

test("runs without a name are told apart by their totals", () => {
  const view = folded(
    one(undefined, 1, "a", "passed"),
    one(undefined, 2, "b", "failed"),
    result({ total: 2, passing: 1, failing: 1, failures: [{ name: "b" }] }),
    one(undefined, 1, "a", "failed"),
  );
  expect(outcomes(view)).toEqual({ a: ["passed", "failed"], b: ["failed"] });
  expect(view.runs).toHaveLength(2);
});

test("phases and coverage are in the order in which they were told", () => {
  const view = folded(
    [
      "tdd_phase_change",
      { currentPhase: "red", testResults: { total: 1, passing: 0, failing: 1 }, coverage: { lines: 50 } },
    ],
    ["coverage_update", { coverage: { lines: 60, branches: 40 } }],
    ["coverage_update", { coverage: {} }],
    ["tdd_phase_change", { currentPhase: "green" }],
    ["tdd_phase_change", {}],
  );
  expect(view.phases.map(({ phase, failing, at }) => [phase, failing, at])).toEqual([
    ["red", 1, 1_000],
    ["green", undefined, 4_000],
  ]);
  expect(view.coverage.map(({ lines, branches }) => [lines, branches])).toEqual([
    [50, undefined],
    [60, 40],
  ]);
});

test("whatever was sent in place of a result does no harm, and an unknown outcome is no pass", () => {
  const view = folded(
    result({ test: { name: 7 } }),
    result({ failures: [null, "x", { name: "y" }] }),
    ["test_result", [] as object],
    one("r", 1, "z", "exploded"),
    one("r", 2, "__proto__", "passed"),
  );
  expect(view.tests.map(({ key, marks }) => [key, marks.at(-1)?.outcome])).toEqual([
    ["y", "failed"],
    ["z", "failed"],
    ["__proto__", "passed"],
  ]);
});

test("of too many tests the ones told first go, and it is said how many", () => {
  const fold = new TestFold();
  for (let n = 0; n < 10_003; n++)
    fold.add({
      type: "test_result",
      timestamp: n,
      offset: n + 1,
      data: { runId: "r", total: n, test: { name: `t${n}`, outcome: "passed" } },
    });
  const view = fold.view();
  expect(view.tests).toHaveLength(10_000);
  expect([view.testsCut, view.tests[0]?.name]).toEqual([3, "t3"]);
});
