import { expect, test } from "vitest";
import { decidedCsv } from "../../src/approvals/export.ts";
import { approvedWords, barredBy, cannotApprove } from "../../src/approvals/may-decide.ts";
import { appliedOf, endedSentence, endingOf } from "../../src/approvals/receipt.ts";
import { clockAhead } from "../../src/stores/gateway-info.ts";
import { checkpoint } from "./checkpoint.ts";

test("who cannot decide is told why", () => {
  const asked = checkpoint({ requestedBy: "user:ada", notRequester: true });
  expect(barredBy(asked, "user:ada", true)).toContain("somebody else");
  expect(barredBy(asked, "user:bob", true)).toBeUndefined();
  expect(barredBy(asked, "user:bob", false)).toContain("lacks the verb approve");
  // What is not known is left to the gateway.
  expect(barredBy(asked, undefined, undefined)).toBeUndefined();
});

test("of two who must approve nobody is both", () => {
  const half = checkpoint({ approvals: 2, approvedBy: ["user:ada"] });
  expect(approvedWords(half)).toBe("1 of 2 approved, by ada");
  expect(cannotApprove(half, "user:ada")).toContain("another person");
  expect(cannotApprove(half, "user:bob")).toBeUndefined();
});

test("how it ended is said, and what applied says is read with care", () => {
  const ended = checkpoint({ state: "decided", decision: "approve", decidedBy: "user:ada", decidedAt: 5 });
  expect([endingOf(ended), endedSentence(ended)]).toEqual(["approved", undefined]);
  expect(endedSentence({ ...ended, state: "expired", decision: "deny" })).toContain("counts as denied");
  expect(endedSentence({ ...ended, state: "withdrawn" })).toContain("withdrawn");
  expect(appliedOf({ ...ended, applied: { at: 7, outcome: "ok" } })).toEqual({ at: 7, outcome: "ok" });
  expect([undefined, null, {}, { at: "soon" }].map((applied) => appliedOf({ applied }))).toEqual(
    Array(4).fill(undefined),
  );
});

test("decisions are exported with what became of them, and no cell is a formula", () => {
  const row = checkpoint({
    ...{ state: "decided", decision: "approve", decidedBy: "user:ada", decidedAt: 1_000, title: "=1+1" },
    ...{ applied: { at: 2_000 }, answer: { n: 1 }, requestedAt: 0 },
  });
  const [head = "", line = ""] = decidedCsv([row]).split("\r\n");
  expect(head.split(",").slice(0, 3)).toEqual(["checkpoint", "title", "risk"]);
  expect(line).toBe(
    `c1,'=1+1,,execution:e,a,agent:a,1970-01-01T00:00:00.000Z,approved,approve,user:ada,1970-01-01T00:00:01.000Z,,"{""n"":1}",1970-01-01T00:00:02.000Z,`,
  );
});

test("the gateway's clock counts where it differs by more than can be measured", () => {
  const date = new Date(100_000).toUTCString();
  expect(clockAhead(date, 100_200, 100_400)).toBe(0);
  expect(clockAhead(date, 40_000, 40_100)).toBe(60_450);
  expect([clockAhead(null, 0, 0), clockAhead("soon", 0, 0)]).toEqual([0, 0]);
});
