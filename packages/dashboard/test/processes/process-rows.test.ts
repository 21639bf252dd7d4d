import { processReducer } from "@signalbox/core/reducers";
import { expect, test } from "vitest";
import { processRow, sorted } from "../../src/processes/process-rows.ts";
import { readProcessesSearch } from "../../src/processes/processes-search.ts";

const row = (id: string, change: object) =>
  processRow(`process:${id}`, { ...processReducer.initial(`process:${id}`), ...change });

const rows = [
  row("p10", { status: "done", lines: 5, startedAt: 1_000, stoppedAt: 2_000, exitCode: 0 }),
  row("p9", { status: "failed", lines: 5, startedAt: 1_000, stoppedAt: 9_000, exitCode: 2 }),
  row("p1", { status: "running", lines: 50, startedAt: 5_000 }),
];
const ids = (sort: string | undefined): string[] => sorted(rows, sort, 20_000).map(({ id }) => id);

test("what needs people is first, unless another order was asked for", () => {
  expect(ids(undefined)).toEqual(["p1", "p9", "p10"]);
  expect(ids("-lines")).toEqual(["p1", "p9", "p10"]);
  expect(ids("lines")).toEqual(["p9", "p10", "p1"]);
  expect(ids("-time")).toEqual(["p1", "p9", "p10"]);
  expect(ids("-exit")).toEqual(["p9", "p10", "p1"]);
  expect(ids("toString")).toEqual(ids(undefined));
});

test("the order stands in the address beside the filter", () => {
  expect(readProcessesSearch({ sort: "-lines", state: "failed", q: "npm" })).toEqual({
    sort: "-lines",
    state: ["failed"],
    q: "npm",
  });
});
