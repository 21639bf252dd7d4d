import { expect, test } from "vitest";
import { isGrave, riskOf } from "../../src/approvals/risk.ts";

test.each([
  ["high", "high"],
  ["High: cannot be undone", "high"],
  ["critical", "high"],
  ["medium", "medium"],
  ["low", "low"],
  ["not high", "unrated"],
  ["highway", "unrated"],
  [undefined, "unrated"],
] as const)("risk %j is %s; only high takes more than a click", (risk, level) => {
  const given = risk === undefined ? {} : { risk };
  expect(riskOf(given)).toBe(level);
  expect(isGrave(given)).toBe(level === "high");
});
