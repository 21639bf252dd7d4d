import { memoryReducer, sessionReducer, tddReducer } from "@signalbox/core/reducers";
import { describe, expect, test } from "vitest";
import { differences, memoryChanges, testChanges } from "../../src/timeline/diff.ts";

describe("differences of two states", () => {
  test("the same state, and one that differs only in when it was updated, differ in nothing", () => {
    const state = sessionReducer.initial("session:s");
    expect(differences(state, state)).toEqual({ changes: [], cut: 0 });
    expect(differences(state, { ...state, updatedAt: 5 })).toEqual({ changes: [], cut: 0 });
  });

  test("fields by their path, items by their ids whatever their places", () => {
    const before = {
      status: "running",
      task: { progress: 10 },
      tasks: { items: [{ id: "a", status: "queued" }, { id: "b" }], cut: 0 },
    };
    const after = {
      status: "done",
      task: { progress: 90 },
      tasks: { items: [{ id: "b" }, { id: "a", status: "done" }, { id: "c" }], cut: 0 },
    };
    expect(differences(before, after).changes).toEqual([
      { what: "status", before: "running", after: "done" },
      { what: "task › progress", before: "10", after: "90" },
      { what: "tasks › a › status", before: "queued", after: "done" },
      { what: "tasks › c › id", before: undefined, after: "c" },
    ]);
  });

  test("names: who came and who went", () => {
    expect(differences({ agents: ["a", "b"] }, { agents: ["b", "c"] }).changes).toEqual([
      { what: "agents › a", before: "a", after: undefined },
      { what: "agents › c", before: undefined, after: "c" },
    ]);
  });

  test("a hundred changes are listed, the rest is counted; long values are cut", () => {
    const wide = Object.fromEntries(Array.from({ length: 130 }, (_, at) => [`f${at}`, at]));
    expect(differences({}, wide)).toMatchObject({ cut: 30, changes: { length: 100 } });
    expect(differences({}, { text: "x".repeat(1_000) }).changes[0]?.after).toHaveLength(161);
  });

  test("hostile keys are names like others", () => {
    const after = JSON.parse('{"__proto__": 1, "constructor": 2}') as unknown;
    expect(differences({}, after).changes.map(({ what }) => what)).toEqual(["__proto__", "constructor"]);
  });
});

const run = (failing: string[]) => {
  const failures = failing.map((name) => ({ name, file: "a.test.ts" }));
  const data = { total: 3, passing: 3 - failing.length, failing: failing.length, failures };
  return tddReducer.apply(tddReducer.initial("agent:a"), { type: "test_result", timestamp: 1, data });
};

test("tests: newly failing, no longer failing, still failing", () => {
  expect(testChanges(run(["x", "y"]), run(["y", "z"]))).toEqual({
    newlyFailing: ["a.test.ts: z"],
    nowPassing: ["a.test.ts: x"],
    stillFailing: 1,
  });
});

test("memory: what was written, changed, deleted, and by whom", () => {
  const write = (key: string, value: unknown, more: object = {}) => ({
    ...{ type: "memory_update", timestamp: 1, data: { key, value, author: "ada", ...more } },
  });
  const before = [write("a", 1), write("b", 1)].reduce(memoryReducer.apply, memoryReducer.initial("session:s"));
  const after = [write("b", 2), write("c", 3), write("a", undefined, { deleted: true })].reduce(
    memoryReducer.apply,
    before,
  );
  expect(memoryChanges(before, after).map(({ key, how, versions }) => [key, how, versions])).toEqual([
    ["a", "deleted", "1 → 2"],
    ["b", "changed", "1 → 2"],
    ["c", "written", "none → 1"],
  ]);
});
