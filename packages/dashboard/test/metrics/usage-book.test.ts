import fc from "fast-check";
import { expect, test } from "vitest";
import { saidOf, UsageBook } from "../../src/metrics/usage-book.ts";

const said = (agent: string, data: object, timestamp = 0) => ({ channel: `agent:${agent}`, timestamp, data });

test("each step counts for its agent, its session and its model", () => {
  const book = new UsageBook();
  book.add(said("a", { sessionId: "s1", model: "m", inputTokens: 10, outputTokens: 5, costUsd: 0.5, seconds: 2 }));
  book.add(said("a", { sessionId: "s2", provider: "p", model: "m", inputTokens: 1, cachedInputTokens: 1 }));
  book.add(said("b", { sessionId: "s1", costUsd: 0.25 }));
  const { byAgent, bySession, byModel, all } = book.totals;
  expect(bySession.get("s1")).toMatchObject({ steps: 2, inputTokens: 10, outputTokens: 5, costUsd: 0.75 });
  expect(byAgent.get("a")).toMatchObject({ steps: 2, inputTokens: 11, cachedInputTokens: 1 });
  expect([...byModel.keys()]).toEqual(["m", "p / m", ""]);
  expect(all.steps).toBe(3);
});

test("what was not said is not 0", () => {
  const book = new UsageBook();
  book.add(said("a", { inputTokens: 1 }));
  expect(saidOf(book.totals.all, "cost")).toBe("none");
  book.add(said("a", { costUsd: 0 }));
  expect(saidOf(book.totals.all, "cost")).toBe("some");
  expect(saidOf(book.totals.all, "tokens")).toBe("some");
});

test("data of any shape is no fault, and no figure", () => {
  const book = new UsageBook();
  for (const data of [null, 7, "x", [], { inputTokens: "9", costUsd: -1, seconds: Number.NaN }])
    book.add({ channel: "agent:a", timestamp: 0, data });
  expect(book.totals.all).toMatchObject({ steps: 5, inputTokens: 0, costUsd: 0, seconds: 0 });
});

test("a curve over all of the time has all of it, in steps", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 59 }), fc.nat(1_000)), { maxLength: 50 }), (steps) => {
      const book = new UsageBook();
      for (const [minute, tokens] of steps) book.add(said("a", { inputTokens: tokens }, minute * 60_000 + 5));
      const { at, tokens } = book.curve(0, 3_600_000, 600_000);
      expect(at).toEqual([1, 2, 3, 4, 5, 6].map((step) => step * 600_000));
      expect(tokens.reduce((sum, one) => sum + one, 0)).toBe(steps.reduce((sum, [, one]) => sum + one, 0));
    }),
  );
});
