/**
 * A channel's tests over time, folded from the events that tell of them: phases, runs, each test's last outcomes,
 * coverage. The gateway's reducer `tdd` keeps what is so now; this keeps how it came to be so.
 */
import type { Publication } from "@signalbox/protocol";
import { fieldsOf, type Readings } from "../feed/fields.ts";
import { type Mark, marked, type Outcome, outcomeOf, type TestRecord } from "./test-record.ts";

export const testEventTypes = ["test_result", "tdd_phase_change", "coverage_update"];

export interface Counts {
  total: number | undefined;
  passing: number | undefined;
  failing: number | undefined;
  skipped: number | undefined;
}

export interface Phase extends Counts {
  phase: string;
  taskId: string | undefined;
  at: number;
}

export interface Run extends Counts {
  run: string;
  suite: string | undefined;
  durationMs: number | undefined;
  /** When it was last told of. */
  at: number;
}

export interface Coverage {
  at: number;
  lines: number | undefined;
  branches: number | undefined;
  functions: number | undefined;
}

export interface TestView {
  tests: readonly TestRecord[];
  /** Tests that were let go: more than are kept. */
  testsCut: number;
  phases: readonly Phase[];
  phasesCut: number;
  runs: readonly Run[];
  runsCut: number;
  coverage: readonly Coverage[];
  coverageCut: number;
  updatedAt: number;
}

const most = { tests: 10_000, phases: 200, runs: 200, coverage: 500 } as const;
/** Characters of a message with its stack. */
const messageLength = 20_000;
/** Failures of one event that are looked at. */
const listed = 1_000;

export class TestFold {
  readonly #tests = new Map<string, TestRecord>();
  readonly #phases: Phase[] = [];
  readonly #runs: Run[] = [];
  readonly #coverage: Coverage[] = [];
  readonly #cut = { tests: 0, phases: 0, runs: 0, coverage: 0 };
  /** The last result told of one test. */
  #byTest = false;
  #updatedAt = 0;

  add(event: Pick<Publication, "type" | "data" | "timestamp" | "offset">): void {
    const data = fieldsOf(event.data);
    const at = event.timestamp;
    this.#updatedAt = at;
    if (event.type === "tdd_phase_change") this.#phase(data, at);
    if (event.type === "test_result") this.#result(data, at, event);
    const lines = data.inner("coverage");
    const point = { lines: lines.number("lines"), branches: lines.number("branches") };
    const functions = lines.number("functions");
    if (point.lines === undefined && point.branches === undefined && functions === undefined) return;
    this.#push(this.#coverage, "coverage", { at, ...point, functions });
  }

  view(): TestView {
    return {
      tests: [...this.#tests.values()],
      phases: [...this.#phases],
      runs: [...this.#runs],
      coverage: [...this.#coverage],
      testsCut: this.#cut.tests,
      phasesCut: this.#cut.phases,
      runsCut: this.#cut.runs,
      coverageCut: this.#cut.coverage,
      updatedAt: this.#updatedAt,
    };
  }

  #push<Item>(list: Item[], name: "phases" | "runs" | "coverage", item: Item): void {
    list.push(item);
    if (list.length <= most[name]) return;
    list.shift();
    this.#cut[name]++;
  }

  #phase(data: Readings, at: number): void {
    const phase = data.text("currentPhase");
    if (phase === undefined) return;
    this.#push(this.#phases, "phases", {
      phase: phase.slice(0, 64),
      taskId: data.text("taskId"),
      ...countsOf(data.inner("testResults")),
      at,
    });
  }

  #result(data: Readings, at: number, event: Pick<Publication, "data" | "offset">): void {
    const suite = data.text("suite")?.slice(0, 200);
    const runId = data.text("runId");
    const test = data.inner("test");
    const name = test.text("name");
    const run = runId ?? this.#namelessRun(suite, data.number("total"), name !== undefined) ?? `#${event.offset ?? at}`;
    this.#byTest = name !== undefined;
    this.#run({ run, suite, durationMs: data.number("durationMs"), ...countsOf(data), at });
    const sessionId = data.text("sessionId");
    const about = { run, suite, at, sessionId };
    if (name !== undefined) this.#mark(about, test, outcomeFrom(test.text("outcome")), test.number("durationMs"));
    const failures = listOf(event.data, "failures");
    if (failures !== undefined) for (const one of failures) this.#mark(about, one, "failed", undefined);
    const isSummary = failures !== undefined || (name === undefined && data.number("failing") === 0);
    if (isSummary) this.#passTheOthers(about, new Set(failures?.map((one) => one.text("name"))));
  }

  /** A run without a name goes on while its tests are told one by one, their total grows, and to the summary of all of them. */
  #namelessRun(suite: string | undefined, total = 0, isTest: boolean): string | undefined {
    const last = this.#runs.at(-1);
    if (!this.#byTest || last === undefined || last.suite !== suite || !last.run.startsWith("#")) return undefined;
    const before = last.total ?? 0;
    return (isTest ? total > before : total === before) ? last.run : undefined;
  }

  #run(run: Run): void {
    const at = this.#runs.findLastIndex((one) => one.run === run.run && one.suite === run.suite);
    const before = this.#runs[at];
    if (before === undefined) this.#push(this.#runs, "runs", run);
    else this.#runs[at] = { ...run, durationMs: run.durationMs ?? before.durationMs };
  }

  /** Who tells only what fails says by it that what failed before now passes. */
  #passTheOthers({ run, suite, at }: About, failing: ReadonlySet<string | undefined>): void {
    for (const test of this.#tests.values()) {
      if (test.suite !== suite || failing.has(test.name) || test.marks.at(-1)?.run === run) continue;
      if (outcomeOf(test) !== "failed") continue;
      const mark: Mark = { outcome: "passed", run, at, durationMs: undefined };
      this.#tests.set(test.key, { ...test, marks: marked(test.marks, mark) });
    }
  }

  #mark(about: About, test: Readings, outcome: Outcome, durationMs: number | undefined): void {
    const name = test.text("name")?.slice(0, 500);
    if (name === undefined) return;
    const { run, suite, at, sessionId } = about;
    const key = suite === undefined ? name : `${suite} › ${name}`;
    const before = this.#tests.get(key);
    if (before === undefined && this.#tests.size >= most.tests) {
      // The one that was told longest ago: a map keeps the order in which they came.
      const oldest = this.#tests.keys().next().value;
      if (oldest !== undefined) this.#tests.delete(oldest);
      this.#cut.tests++;
    }
    const failed = outcome === "failed";
    this.#tests.set(key, {
      key,
      name,
      suite,
      file: test.text("file") ?? before?.file,
      line: test.number("line") ?? before?.line,
      message: (failed ? test.text("message")?.slice(0, messageLength) : undefined) ?? before?.message,
      failedAt: failed ? (before?.marks.at(-1)?.run === run ? (before.failedAt ?? at) : at) : before?.failedAt,
      sessionId: sessionId ?? before?.sessionId,
      marks: marked(before?.marks ?? [], { outcome, run, at, durationMs }),
    });
  }
}

interface About {
  run: string;
  suite: string | undefined;
  at: number;
  sessionId: string | undefined;
}

const countsOf = (data: Readings): Counts => ({
  total: data.number("total"),
  passing: data.number("passing"),
  failing: data.number("failing"),
  skipped: data.number("skipped"),
});

/** A word that nobody here knows is no pass. */
const outcomeFrom = (word: string | undefined): Outcome => (word === "passed" || word === "skipped" ? word : "failed");

function listOf(data: unknown, name: string): Readings[] | undefined {
  const value: unknown =
    typeof data === "object" && data !== null && Object.hasOwn(data, name) ? Reflect.get(data, name) : undefined;
  return Array.isArray(value) ? value.slice(0, listed).map(fieldsOf) : undefined;
}
