import { expect, test } from "vitest";
import { changesOf, isFlaky, type Mark, marked, marksInWords, marksKept } from "../../src/tests/test-record.ts";

const mark = (run: string, outcome: Mark["outcome"], durationMs?: number): Mark => ({
  run,
  outcome,
  at: 1,
  durationMs,
});
const marks = (...outcomes: Array<Mark["outcome"]>): Mark[] => outcomes.map((outcome, at) => mark(`r${at}`, outcome));

test("red then green is the work itself; a test that goes to and fro is flaky", () => {
  expect(isFlaky({ marks: marks("failed", "passed", "passed") })).toBe(false);
  expect(isFlaky({ marks: marks("passed", "failed", "passed") })).toBe(false);
  expect(isFlaky({ marks: marks("passed", "failed", "passed", "failed") })).toBe(true);
  expect(isFlaky({ marks: marks("failed", "failed", "failed", "failed") })).toBe(false);
});

test("a skipped run says nothing of how a test would have ended", () => {
  expect(changesOf(marks("passed", "skipped", "passed", "skipped", "failed"))).toBe(1);
});

test("the same run told again takes the place of what was told before, and keeps how long it took", () => {
  const once = marked([], mark("r1", "failed", 12));
  expect(marked(once, mark("r1", "failed"))).toEqual([mark("r1", "failed", 12)]);
  expect(marked(once, mark("r2", "passed"))).toHaveLength(2);
});

test("only the last runs are kept", () => {
  let kept: readonly Mark[] = [];
  for (let run = 0; run < marksKept + 5; run++) kept = marked(kept, mark(`r${run}`, "passed"));
  expect(kept).toHaveLength(marksKept);
  expect(kept[0]?.run).toBe("r5");
});

test("marks are said in words, the newest first", () => {
  expect(marksInWords([])).toBe("Not run yet");
  expect(marksInWords(marks("passed"))).toBe("Last run: passed");
  expect(marksInWords(marks("passed", "failed"))).toBe("Last 2 runs, newest first: failed, passed");
});
