import { expect, test } from "vitest";
import { type HistoryRecord, quantile, recoveries, type Said } from "../../src/history/index.ts";

let n = 0;
const at = (steadyMs: number, said: Said): HistoryRecord =>
  ({ ...said, seed: 1, process: "all", n: ++n, steadyMs, wallMs: steadyMs }) as HistoryRecord;
const published = (steadyMs: number, id: string): HistoryRecord =>
  at(steadyMs, {
    ...{ what: "invoke", op: "publish", attempt: id, id, type: "note" },
    channel: "c",
    by: "p",
    data: {},
  });
const seen = (steadyMs: number, viewer: string, id: string): HistoryRecord =>
  at(steadyMs, { what: "seen", viewer, channel: "c", epoch: "e", offset: Number(id), id });

test("how long viewers stood still at a fault, and when they had something newer than its end", () => {
  const records = [
    ...[published(0, "1"), seen(10, "v", "1"), seen(12, "w", "1")],
    at(100, { what: "fault", kind: "stall", phase: "start" }),
    ...[published(120, "2"), seen(130, "w", "2")],
    at(300, { what: "fault", kind: "stall", phase: "stop" }),
    // Published before the end: it says nothing of what works after it.
    ...[seen(310, "v", "2"), published(320, "3"), seen(340, "w", "3"), seen(390, "v", "3")],
    at(500, { what: "fault", kind: "cut", phase: "start" }),
    at(500, { what: "fault", kind: "cut", phase: "stop" }),
    ...[published(510, "4"), seen(515, "v", "4"), seen(520, "w", "4")],
    at(600, { what: "healed" }),
  ];
  expect(recoveries({ records })).toEqual([
    { kind: "stall", faults: 1, lastedMs: [200], stoodStillMs: [210, 210], wentOnMs: [90, 40] },
    { kind: "cut", faults: 1, lastedMs: [0], stoodStillMs: [15, 20], wentOnMs: [15, 20] },
  ]);
});

test("a quantile is one of the values", () => {
  const values = Array.from({ length: 100 }, (_, i) => 100 - i);
  expect([0, 0.5, 0.99, 1].map((part) => quantile(values, part))).toEqual([1, 50, 99, 100]);
  expect(quantile([], 0.5)).toBe(0);
});
