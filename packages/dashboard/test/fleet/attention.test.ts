import { expect, test } from "vitest";
import { attentionOf, stateWords } from "../../src/fleet/attention.ts";
import { item } from "./items.ts";

test("who waits for what, who is stuck or lost, and since when", () => {
  const rows = [
    item("a", "waiting", { lamp: "waiting_approval", since: 500 }),
    item("b", "waiting", { lamp: "waiting_approval", since: 300 }),
    item("c", "waiting", { lamp: "waiting_auth" }),
    item("d", "lost", { since: 100 }),
    item("e", "running", { since: 1 }),
  ];
  expect(attentionOf(rows)).toEqual([
    { condition: "waiting", many: 3, oldest: 300, what: "2 approvals, 1 sign-in" },
    { condition: "lost", many: 1, oldest: 100, what: "" },
  ]);
  expect(attentionOf([])).toEqual([]);
});

test.each([
  ["lost", "Lost", "Lost for 4 m 00 s"],
  ["stuck", "Stuck", "Stuck, no progress for 4 m 00 s"],
  ["waiting", "Waiting approval", "Waiting approval for 4 m 00 s"],
  ["running", "Running", "Running"],
] as const)("%s says how long, if that matters", (condition, word, words) => {
  expect(stateWords(item("a", condition, { word, since: 1_000 }), 241_000)).toBe(words);
});

test("since when is not known: no time is made up", () => {
  expect(stateWords(item("a", "lost", { word: "Lost" }), 9)).toBe("Lost");
});
