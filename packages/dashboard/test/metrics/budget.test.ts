import { expect, test } from "vitest";
import { type BudgetRow, barsOf, effectOf, emptyEntries, entriesOf, readEntries } from "../../src/metrics/budget.ts";

const row: BudgetRow = {
  ...{ scope: "session:s1", state: "warned", limits: { costUsd: 5 }, used: { costUsd: 4.25, tokens: 9 } },
  ...{
    shares: { costUsd: 0.85 },
    warnAt: 0.8,
    pauseAt: 1,
    cancelAt: null,
    round: 1,
    setBy: "user:ada",
    setAt: 1,
    since: 1,
  },
};

test("a bar for each limit, with its marks in order", () => {
  const [bar, ...others] = barsOf(row);
  expect(others).toEqual([]);
  expect(bar?.says).toBe("$4.25 of $5.00 (85 %)");
  expect(bar?.marks.map(({ word }) => word)).toEqual(["warn", "pause"]);
  expect(bar?.marks.every(({ at }) => at > 0 && at < 1)).toBe(true);
  expect(bar?.filled).toBeGreaterThan(bar?.marks[0]?.at ?? 1);
});

test("a bar is never longer than its place", () => {
  expect(barsOf({ ...row, shares: { costUsd: 40 } })[0]?.filled).toBeLessThanOrEqual(1);
});

test("a budget goes into the form and comes out as it was", () => {
  expect(readEntries(entriesOf(row))).toEqual({
    setting: { scope: "session:s1", limits: { costUsd: 5 }, warnAt: 0.8, pauseAt: 1, cancelAt: null },
  });
});

test.each([
  [{ scope: "process:p1", tokens: "5" }, "scope"],
  [{ scope: "global" }, "at least one limit"],
  [{ scope: "global", tokens: "many" }, "Tokens"],
  [{ scope: "global", tokens: "-1" }, "Tokens"],
  [{ scope: "global", tokens: "5", warn: "110", pause: "100" }, "must rise"],
  [{ scope: "global", tokens: "5", cancel: "1000" }, "Cancel"],
])("what is wrong with %j is said", (entries, words) => {
  expect(readEntries({ ...emptyEntries, ...entries })).toMatchObject({ wrong: expect.stringContaining(words) });
});

test("what a setting does is a sentence", () => {
  const read = readEntries({ ...emptyEntries, scope: "agent:a1", tokens: "10000", warn: "", reset: true });
  expect("setting" in read && effectOf(read.setting)).toBe(
    "agent:a1 may use 10,000 tokens; at 100 % its agents are told to pause, at 120 % its agents are told to cancel. The count begins at nothing.",
  );
});
