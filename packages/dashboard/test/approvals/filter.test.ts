import fc from "fast-check";
import { expect, test } from "vitest";
import { openAt } from "../../src/approvals/at-moment.ts";
import { matches } from "../../src/approvals/filter.ts";
import { readApprovalsSearch } from "../../src/approvals/search.ts";
import { checkpoint } from "./checkpoint.ts";

test("the filter stands in the address, and what makes no sense there is left out", () => {
  const whole = { id: "c1", list: "decided", q: "deploy", mine: true, risk: ["high", "low"], agent: "a", session: "s" };
  expect(readApprovalsSearch({ ...whole, mine: "true", risk: "low,high,odd" })).toEqual(whole);
  expect(readApprovalsSearch({ id: 7, list: "open", mine: "no", risk: "", q: {} })).toEqual({ id: "7" });
  fc.assert(fc.property(fc.dictionary(fc.string(), fc.anything()), (search) => !!readApprovalsSearch(search)));
});

test("words, risk, agent and session choose", () => {
  const one = checkpoint({
    ...{ title: "Deploy to production?", risk: "high", channel: "agent:coder", requestedBy: "service:ci" },
    checkpointData: { command: "terraform apply" },
  });
  expect(matches(one, { q: "DEPLOY terraform" })).toBe(true);
  expect(matches(one, { q: "deploy staging" })).toBe(false);
  expect([matches(one, { risk: ["high"] }), matches(one, { risk: ["low"] })]).toEqual([true, false]);
  expect([matches(one, { agent: "coder" }), matches(one, { agent: "other" })]).toEqual([true, false]);
  expect([matches(one, { session: "s1" }), matches(one, { session: "s1" }, ["coder"])]).toEqual([false, true]);
  expect(matches(checkpoint({ channel: "session:s1" }), { session: "s1" })).toBe(true);
});

test("what waited at a moment is what had been asked and not decided by then", () => {
  const rows = [
    checkpoint({ checkpointId: "open", requestedAt: 10, deadline: 100 }),
    checkpoint({ checkpointId: "done", state: "decided", requestedAt: 20, decidedAt: 40 }),
  ];
  const at = (ms: number) => openAt(rows, ms).map(({ checkpointId }) => checkpointId);
  expect([at(5), at(10), at(30), at(40), at(100)]).toEqual([[], ["open"], ["open", "done"], ["open"], []]);
});
