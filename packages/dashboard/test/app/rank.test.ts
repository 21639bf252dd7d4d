import { expect, test } from "vitest";
import { rank } from "../../src/app/palette/rank.ts";

const labels = [
  "Approvals",
  "coder-001",
  "Decode the payload",
  "Deploy to production?",
  "npm test",
  "Processes",
  "Tests",
];
const entries = labels.map((label) => ({ label }));
const found = (query: string): string[] => rank(entries, query).map(({ label }) => label);

test.each([
  ["", labels],
  ["test", ["Tests", "npm test"]],
  ["code", ["coder-001", "Decode the payload"]],
  ["001", ["coder-001"]],
  ["dtpr", ["Deploy to production?"]],
  ["deploy prod", ["Deploy to production?"]],
  ["PROC", ["Processes"]],
  ["zzz", []],
])("%j finds %j", (query, expected) => {
  expect(found(query)).toEqual(expected);
});

test("what is called so comes before what is only about it", () => {
  const all = [
    { label: "npm run build", words: "process failed" },
    { label: "Failed builds" },
    { label: "x", words: "failed" },
  ];
  expect(rank(all, "failed").map(({ label }) => label)).toEqual(["Failed builds", "x", "npm run build"]);
});

test("letters strewn about are no match", () => {
  expect(rank([{ label: "what needs you, and all that runs" }], "hdtu")).toEqual([]);
});

test("of many thousands all that fit are found, the best first", () => {
  const many = Array.from({ length: 20_000 }, (_, n) => ({ label: `coder-${n}`, words: `agent coder-${n} running` }));
  const fit = rank(many, "coder-1999");
  expect(fit.slice(0, 2).map(({ label }) => label)).toEqual(["coder-1999", "coder-19990"]);
  expect(rank(many, "agent").length).toBe(20_000);
});
