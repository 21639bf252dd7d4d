/** Test-driven work: the phases it went through, what the tests say now, and how much they reach. */
import { type Kept, kept, nothingKept, updated, without } from "./kept.ts";
import { Fields, type FoldedEvent, type Reducer } from "./reducer.ts";
import { tddShape } from "./shapes.ts";

export interface TestCounts {
  total: number | undefined;
  passing: number | undefined;
  failing: number | undefined;
  skipped: number | undefined;
}

export interface TddPhase extends TestCounts {
  phase: string;
  taskId: string | undefined;
  /** Milliseconds since 1970. */
  at: number;
}

export interface TestRun extends TestCounts {
  runId: string | undefined;
  suite: string | undefined;
  durationMs: number | undefined;
  at: number;
}

export interface FailingTest {
  name: string;
  file: string | undefined;
  line: number | undefined;
  message: string | undefined;
  updatedAt: number;
}

export interface TddState {
  /** red, green, refactor; `unknown` before the first. */
  phase: string;
  /** The changes of phase, the last ones. */
  phases: Kept<TddPhase>;
  run: TestRun | undefined;
  /** Tests that fail in the last run, as far as it named them. */
  failures: Kept<FailingTest>;
  /** Percent. */
  coverage:
    | {
        lines: number | undefined;
        branches: number | undefined;
        functions: number | undefined;
        statements: number | undefined;
        at: number;
      }
    | undefined;
  updatedAt: number;
}

const phasesKept = 50;
const failuresKept = 100;

export const tddReducer: Reducer<TddState> = {
  ...tddShape,
  initial: () => ({
    phase: "unknown",
    phases: nothingKept,
    run: undefined,
    failures: nothingKept,
    coverage: undefined,
    updatedAt: 0,
  }),
  apply: (state, event) => {
    const next = tddAfter(state, new Fields(event.data), event);
    return next === undefined ? state : { ...state, ...next, updatedAt: event.timestamp };
  },
};

function tddAfter(state: TddState, data: Fields, { type, timestamp }: FoldedEvent): Partial<TddState> | undefined {
  const coverage = coverageOf(data.inner("coverage"), timestamp) ?? state.coverage;
  if (type === "coverage_update") return coverage === state.coverage ? undefined : { coverage };
  if (type === "test_result") return resultAfter(state, data, timestamp);
  const phase = data.word("currentPhase");
  if (type !== "tdd_phase_change" || phase === undefined) return undefined;
  const counts = data.inner("testResults");
  const step = { phase, taskId: data.text("taskId"), ...countsOf(counts), at: timestamp };
  const run = counts === undefined ? state.run : { ...nameless, ...countsOf(counts), at: timestamp };
  return { phase, phases: kept(state.phases, step, phasesKept), coverage, run };
}

/** A run that was only told as counts. */
const nameless = { runId: undefined, suite: undefined, durationMs: undefined };

function resultAfter(state: TddState, data: Fields, at: number): Partial<TddState> {
  const run: TestRun = {
    runId: data.text("runId"),
    suite: data.text("suite"),
    durationMs: data.number("durationMs"),
    ...countsOf(data),
    at,
  };
  const another = run.runId !== state.run?.runId || run.suite !== state.run?.suite;
  let failures = another || run.failing === 0 ? nothingKept : state.failures;
  // A list says which fail; where each test is told as it ends, they come and go one by one.
  if (Array.isArray(data.value("failures"))) {
    failures = nothingKept;
    for (const test of data.list("failures", listed)) failures = failuresAfter(failures, test, at);
  }
  const test = data.inner("test");
  const name = test?.text("name");
  if (test !== undefined && name !== undefined) {
    const failed = test.word("outcome") === "failed";
    failures = failed ? failuresAfter(failures, test, at) : without(failures, (one) => one.name === name);
  }
  return { run, failures };
}

/** Failures of one event that are looked at: some more than are kept, so that it is said how many there were. */
const listed = 1_000;

function failuresAfter(failures: Kept<FailingTest>, test: Fields, at: number): Kept<FailingTest> {
  const name = test.text("name");
  if (name === undefined) return failures;
  const failing: FailingTest = {
    name,
    file: test.text("file"),
    line: test.number("line"),
    message: test.sentence("message"),
    updatedAt: at,
  };
  return updated(
    failures,
    (one) => one.name === name && one.file === failing.file,
    () => failing,
    failuresKept,
  );
}

const countsOf = (fields = new Fields(undefined)): TestCounts => ({
  total: fields.number("total"),
  passing: fields.number("passing"),
  failing: fields.number("failing"),
  skipped: fields.number("skipped"),
});

const coverageOf = (fields: Fields | undefined, at: number): TddState["coverage"] =>
  fields && {
    lines: fields.number("lines"),
    branches: fields.number("branches"),
    functions: fields.number("functions"),
    statements: fields.number("statements"),
    at,
  };
