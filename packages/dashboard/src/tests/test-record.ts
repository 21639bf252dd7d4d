/** One test over its last runs. */

export type Outcome = "passed" | "failed" | "skipped";

/** How a test ended in one run. */
export interface Mark {
  outcome: Outcome;
  /** Tells runs apart; of runs without a name, the event that told it. */
  run: string;
  /** Milliseconds since 1970. */
  at: number;
  durationMs: number | undefined;
}

export interface TestRecord {
  /** Suite and name: unique. */
  key: string;
  name: string;
  suite: string | undefined;
  file: string | undefined;
  line: number | undefined;
  /** Of the last failure, with its stack where it was told. */
  message: string | undefined;
  failedAt: number | undefined;
  /** The session it said it belongs to. */
  sessionId: string | undefined;
  /** The last ones, the newest last. */
  marks: readonly Mark[];
}

/** Runs looked back at. */
export const marksKept = 20;

/** A test is called flaky when it changed its mind so often within its last runs: red, then green is the work itself. */
const flakyChanges = 3;

export const outcomeOf = ({ marks }: Pick<TestRecord, "marks">): Outcome | undefined => marks.at(-1)?.outcome;

/** How often it went from passed to failed or back; skipped runs say nothing. */
export function changesOf(marks: readonly Pick<Mark, "outcome">[]): number {
  let changes = 0;
  let last: Outcome | undefined;
  for (const { outcome } of marks) {
    if (outcome === "skipped") continue;
    if (last !== undefined && last !== outcome) changes++;
    last = outcome;
  }
  return changes;
}

export const isFlaky = ({ marks }: Pick<TestRecord, "marks">): boolean => changesOf(marks) >= flakyChanges;

/** For who cannot see the marks: `Last 5 runs, newest first: failed, passed, passed, skipped, passed`. */
export function marksInWords(marks: readonly Pick<Mark, "outcome">[]): string {
  if (marks.length === 0) return "Not run yet";
  const words = marks.map(({ outcome }) => outcome).reverse();
  return `Last ${words.length === 1 ? "run" : `${words.length} runs, newest first`}: ${words.join(", ")}`;
}

/** A further end of the test; the same run told again takes the place of what was told before. */
export function marked(marks: readonly Mark[], mark: Mark): readonly Mark[] {
  const before = marks.at(-1);
  if (before?.run !== mark.run) return [...marks, mark].slice(-marksKept);
  // A summary at the end does not know how long each test took.
  return marks.with(-1, { ...mark, durationMs: mark.durationMs ?? before.durationMs });
}
