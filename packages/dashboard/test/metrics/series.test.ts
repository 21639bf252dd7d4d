import { expect, test } from "vitest";
import { between, endedBars, joined, newestSum, type SeriesAnswer, together } from "../../src/metrics/series.ts";

const answer = (at: number[], series: SeriesAnswer["series"], more: Partial<SeriesAnswer> = {}): SeriesAnswer => ({
  ...{ node: "n1", startedMs: 1, stepMs: 5_000, keptMs: 3_600_000, names: Object.keys(series), at, series },
  ...{ ended: {}, boundsMs: [] },
  ...more,
});

test("what is new stands behind what was had, and what is too old goes", () => {
  const before = answer([5_000, 10_000, 15_000], { a: [1, 2, 3] });
  const more = answer([15_000, 20_000], { a: [3, 4], b: [8, 9] });
  expect(joined(before, more, 5_000)).toMatchObject({
    at: [10_000, 15_000, 20_000],
    series: { a: [2, 3, 4], b: [null, null, 9] },
  });
});

test("nothing new changes nothing, and a node that began anew has other figures", () => {
  const before = answer([5_000, 10_000], { a: [1, 2] });
  expect(joined(before, answer([], {}), 0)).toMatchObject({ at: [5_000, 10_000], series: { a: [1, 2] } });
  expect(joined(before, answer([20_000], { a: [7] }, { startedMs: 9 }), 0).at).toEqual([20_000]);
});

test("several nodes: figures are added up, delays are the worst node's", () => {
  const one = answer([5_100, 10_100], { events: [1, 2], "publish_ms.p99": [4, null] });
  const two = answer([6_300], { events: [10], "publish_ms.p99": [9] }, { node: "n2" });
  expect(together([one, two])).toMatchObject({
    at: [10_000, 15_000],
    series: { events: [11, 2], "publish_ms.p99": [9, null] },
  });
  expect(together([one])).toBe(one);
  expect(together([])).toBeUndefined();
});

test("a part of the time", () => {
  const all = answer([5, 10, 15, 20], { a: [1, 2, 3, 4] });
  expect(between(all, 5, 15)).toMatchObject({ at: [10, 15], series: { a: [2, 3] } });
  expect(between(all, 99, 200)).toMatchObject({ at: [], series: { a: [] } });
});

test("the newest of a kind; not known is not 0", () => {
  expect(newestSum(answer([1], { "errors.a": [1], "errors.b": [2], other: [9] }), "errors.")).toBe(3);
  expect(newestSum(answer([1], { "errors.a": [null] }), "errors.")).toBeNull();
});

test("connections that ended, by how long they lasted", () => {
  const ended = { websocket: [1, 3, 4], sse: [0, 1, 1], poll: [50, 50, 50] };
  expect(endedBars(answer([], {}, { ended, boundsMs: [1_000, 10_000] }))).toEqual([
    { upToMs: 1_000, count: 1 },
    { upToMs: 10_000, count: 3 },
    { upToMs: undefined, count: 1 },
  ]);
});
