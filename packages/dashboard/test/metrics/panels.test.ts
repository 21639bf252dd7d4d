import { expect, test } from "vitest";
import { seriesCsv } from "../../src/metrics/export.ts";
import { gatewayCharts, linesOf, workCharts } from "../../src/metrics/panels.ts";
import { readMetricsSearch } from "../../src/metrics/search.ts";
import type { SeriesAnswer } from "../../src/metrics/series.ts";

const answer = (series: SeriesAnswer["series"]): SeriesAnswer => ({
  ...{
    node: "",
    startedMs: 0,
    stepMs: 5_000,
    keptMs: 0,
    names: [],
    at: [5_000, 10_000],
    series,
    ended: {},
    boundsMs: [],
  },
});
const plan = (title: string) => {
  const found = [...gatewayCharts, ...workCharts].find((one) => one.title === title);
  if (found === undefined) throw new Error(title);
  return found;
};

test("errors that did not happen are no lines; of many the largest, and how many are not shown", () => {
  const series = Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`errors.e${i}`, [i, i]]));
  const { lines, hidden } = linesOf(plan("Errors"), answer(series));
  expect(lines.map(({ label }) => label)).toEqual(["e10", "e3", "e4", "e5", "e6", "e7", "e8", "e9"]);
  expect(hidden).toBe(2);
});

test("a line without figures is there and not known; rates of work are told by the hour", () => {
  expect(linesOf(plan("Bandwidth"), answer({ "bytes.in": [1, 2] })).lines).toEqual([
    { label: "in", values: [1, 2] },
    { label: "out", values: [null, null] },
  ]);
  const [started] = linesOf(plan("Sessions"), answer({ "told.session_started": [0.2, null] })).lines;
  expect(started?.values).toEqual([720, null]);
});

test("the file has a row for each time; what is not known is empty", () => {
  expect(seriesCsv(answer({ b: [1, null], a: [2, 3] }))).toBe(
    "time,a,b\r\n1970-01-01T00:00:05.000Z,2,1\r\n1970-01-01T00:00:10.000Z,3,\r\n",
  );
});

test("what an address says is read, and what it cannot say is left out", () => {
  expect(readMetricsSearch({ tab: "cost", range: "24h", by: "model", sort: "tokens", node: "n1" })).toEqual({
    ...{ tab: "cost", range: "24h", by: "model", sort: "tokens", node: "n1" },
  });
  expect(readMetricsSearch({ tab: "x", range: "7d", node: 5 })).toEqual({});
});
