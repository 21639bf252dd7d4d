import { expect, test } from "vitest";
import { approvalFigures, commandCounts, sessionFigures, spreadOf } from "../../src/metrics/work.ts";

test("half and 95 % of nothing are not known", () => {
  expect(spreadOf([])).toEqual({ count: 0, half: undefined, most: undefined });
  expect(spreadOf([30, 10, 20])).toEqual({ count: 3, half: 20, most: 30 });
});

test("sessions that go on, ended ones, and how long those took that say it", () => {
  expect(
    sessionFigures([
      { startedAt: 1, stoppedAt: undefined, work: "running" },
      { startedAt: 1_000, stoppedAt: 3_000, work: "done" },
      { startedAt: undefined, stoppedAt: 3_000, work: "failed" },
    ]),
  ).toEqual({ running: 1, ended: 2, took: { count: 1, half: 2_000, most: 2_000 }, untimed: 1 });
});

test("decisions: how long they took, and what waits longest", () => {
  expect(
    approvalFigures([
      { state: "open", requestedAt: 500 },
      { state: "open", requestedAt: 300 },
      { state: "decided", requestedAt: 100, decidedAt: 160 },
      { state: "expired", requestedAt: 1 },
    ]),
  ).toMatchObject({ open: 2, oldestAt: 300, decided: { count: 1, half: 60 }, expired: 1, withdrawn: 0 });
});

test("commands by state, in the order of their life", () => {
  const rows = ["done", "queued", "done", "odd"].map((state) => ({ state }));
  expect(commandCounts(rows)).toEqual([
    ["queued", 1],
    ["done", 2],
    ["odd", 1],
  ]);
});
