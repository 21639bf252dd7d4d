import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type Condition,
  conditionOf,
  conditions,
  conditionWord,
  lampOf,
  rankOf,
  spoken,
} from "../../src/fleet/condition.ts";

test.each<[string, Condition]>([
  ["waiting_approval", "waiting"],
  ["waiting_input", "waiting"],
  ["Waiting for input", "waiting"],
  ["awaiting-review", "waiting"],
  ["needs_input", "waiting"],
  ["blocked", "waiting"],
  ["busy", "running"],
  ["active", "running"],
  ["testing", "running"],
  ["stuck", "stuck"],
  ["offline", "lost"],
  ["error", "failed"],
  ["killed", "failed"],
  ["idle", "idle"],
  ["queued", "idle"],
  ["paused", "paused"],
  ["stopped", "done"],
  ["cancelled", "done"],
  ["waitress", "unknown"],
  ["constructor", "unknown"],
  ["", "unknown"],
])("%s is %s", (status, condition) => {
  expect(conditionOf(status)).toBe(condition);
});

test("no status breaks it", () => {
  fc.assert(fc.property(fc.string(), (status) => conditions.includes(conditionOf(status)) && spoken(status) !== ""));
});

test("every condition has a word and a place in the order", () => {
  for (const condition of conditions) {
    expect(conditionWord[condition]).not.toBe("");
    expect(rankOf[condition]).toBeDefined();
  }
  expect(new Set(conditions).size).toBe(Object.keys(rankOf).length);
});

const states = [
  "queued",
  "running",
  "waiting_approval",
  "waiting_input",
  "waiting_auth",
  "paused",
  "idle",
  "stuck",
  "lost",
];

test("§12.5 each state of an agent has a lamp of its own", () => {
  const all = [...states, "done", "failed", "cancelled"];
  expect(new Set(all.map(lampOf)).size).toBe(all.length);
  expect(all.map(lampOf)).toEqual(all);
  expect([lampOf("busy"), lampOf("error"), lampOf("offline"), lampOf("Waiting Approval"), lampOf("blocked")]).toEqual([
    ...["running", "failed", "lost", "waiting_approval", "waiting"],
  ]);
});
