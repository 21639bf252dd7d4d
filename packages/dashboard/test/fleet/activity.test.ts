import { expect, test } from "vitest";
import { Activity, bucketMs, buckets } from "../../src/fleet/activity.ts";

test("changes are counted by 5 seconds; the first state is no change", () => {
  const activity = new Activity();
  activity.note("a", 0);
  activity.note("a", 1);
  activity.note("a", bucketMs - 1);
  activity.note("a", 3 * bucketMs);
  expect(activity.series("a", 3 * bucketMs)).toEqual([2, 0, 0, 1]);
  expect(activity.series("a", 5 * bucketMs)).toEqual([2, 0, 0, 1, 0, 0]);
});

test("only the last five minutes are kept, and what was long ago is not counted again", () => {
  const activity = new Activity();
  activity.note("a", 0);
  activity.note("a", 0);
  const later = (buckets + 3) * bucketMs;
  expect(activity.series("a", later)).toEqual(Array.from({ length: buckets }, () => 0));
  activity.note("a", later);
  const series = activity.series("a", later);
  expect(series).toHaveLength(buckets);
  expect(series.at(-1)).toBe(1);
  expect(series.reduce((sum, one) => sum + one)).toBe(1);
});

test("a row that nobody has seen has no figures", () => {
  const activity = new Activity();
  expect(activity.series("a", 0)).toEqual([]);
  activity.note("a", 0);
  activity.forget("a");
  expect(activity.series("a", 0)).toEqual([]);
});
