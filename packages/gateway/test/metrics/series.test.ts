import { Durations } from "@signalbox/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Ring } from "../../src/metrics/series/ring.ts";
import { type Sample, Series } from "../../src/metrics/series/series.ts";
import { numbered, openGateway } from "../support/gateway.ts";

const sample = (totals: Record<string, number>, gauges: Record<string, number> = {}): Sample => ({
  totals: new Map(Object.entries(totals)),
  gauges: new Map(Object.entries(gauges)),
  durations: new Map(),
});

describe("the ring", () => {
  test("has the newest rows, in order, whatever was written", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.nat(40), fc.nat(40), (capacity, count, from) => {
        const ring = new Ring(capacity, 2);
        for (let i = 1; i <= count; i++) ring.add(i, [i, -i]);
        const rows = [...ring.after(from)];
        const expected = Array.from({ length: count }, (_, i) => i + 1)
          .slice(-capacity)
          .filter((at) => at > from);
        expect(ring.times(rows)).toEqual(expected);
        expect(ring.column(1, rows)).toEqual(expected.map((at) => -at));
      }),
    );
  });

  test("takes the same memory at the start as at the end, and tells null where nothing is known", () => {
    const ring = new Ring(4, 3);
    const { bytes } = ring;
    for (let i = 1; i < 50; i++) ring.add(i, [Number.NaN]);
    expect(ring.bytes).toBe(bytes);
    expect(ring.column(0, [...ring.after(0)])).toEqual([null, null, null, null]);
  });

  test("begins anew when the clock was set back", () => {
    const ring = new Ring(4, 1);
    for (const at of [10, 20, 15, 16]) ring.add(at, [at]);
    expect(ring.times([...ring.after(0)])).toEqual([15, 16]);
  });
});

describe("series", () => {
  test("totals are told as how many a second, over 5 s and over the minute", () => {
    const series = new Series();
    for (let i = 0; i <= 24; i++) series.add(i * 5_000, sample({ events: i * i * 10 }, { sessions: i }));
    const fine = series.read(["events"], 0, 5_000);
    expect(fine.at.slice(0, 2)).toEqual([5_000, 10_000]);
    expect(fine.series.events?.slice(0, 3)).toEqual([2, 6, 10]);
    const coarse = series.read(["*"], 0, 60_000);
    expect(coarse.at).toEqual([60_000, 120_000]);
    expect(coarse.series.events).toEqual([1440 / 60, (5760 - 1440) / 60]);
    expect(coarse.series.sessions).toEqual([6, 18.5]);
  });

  test("after a time, by name, by the beginning of a name", () => {
    const series = new Series();
    for (let i = 0; i <= 10; i++) series.add(i * 5_000, sample({ "errors.a": i, "errors.b": i }, { sessions: 1 }));
    const { at, series: told, names } = series.read(["errors.*"], 40_000, 5_000);
    expect(at).toEqual([45_000, 50_000]);
    expect(Object.keys(told)).toEqual(["errors.a", "errors.b"]);
    expect(names).toEqual(["errors.a", "errors.b", "sessions"]);
  });

  test("a name that comes later is null before; a counter that begins anew is no negative rate", () => {
    const series = new Series();
    series.add(0, sample({ events: 100 }));
    series.add(5_000, sample({ events: 1 }));
    series.add(10_000, sample({ events: 1, late: 5 }));
    expect(series.read(["*"], 0, 5_000).series).toEqual({ events: [0, 0], late: [null, 1] });
  });

  test("an hour of 5 s and a day of minutes, and never more memory or names", () => {
    const series = new Series();
    const { bytes } = series;
    for (let i = 0; i <= 18_000; i++) {
      series.add(i * 5_000, sample(i % 100 === 0 ? { [`errors.${i}`]: i } : { events: i }));
    }
    expect(series.bytes).toBe(bytes);
    expect(bytes).toBeLessThan(750_000);
    expect(series.read(["*"], 0, 5_000).at).toHaveLength(720);
    expect(series.read(["*"], 0, 60_000).at).toHaveLength(1_440);
    expect(series.read(["*"], 0, 5_000).names.length).toBeLessThanOrEqual(80);
  });

  test("durations of each step are of that step only", () => {
    const series = new Series();
    const publish_ms = new Durations();
    const at = (ms: number) => series.add(ms, { ...sample({}), durations: new Map([["publish_ms", publish_ms]]) });
    at(0);
    publish_ms.record(100);
    at(5_000);
    at(10_000);
    const [first, second] = series.read(["publish_ms.p99"], 0, 5_000).series["publish_ms.p99"] ?? [];
    expect(first).toBeGreaterThanOrEqual(100);
    expect(first).toBeLessThan(110);
    expect(second).toBeNull();
  });
});

interface Answer {
  node: string;
  at: number[];
  names: string[];
  series: Record<string, Array<number | null>>;
}

describe("GET /v1/metrics/series", () => {
  test("§17.1 agrees with what was counted, and goes on from a time", async () => {
    const gateway = await openGateway();
    const read = async (query: string) =>
      (await (await gateway.request(`/v1/metrics/series?${query}`)).json()) as Answer;
    await gateway.publish(numbered("global", 1, 50));
    await expect.poll(async () => (await read("names=sessions")).at.length, { timeout: 20_000 }).toBe(1);
    await gateway.publish(numbered("global", 51, 150));
    await expect.poll(async () => (await read("names=sessions")).at.length, { timeout: 20_000 }).toBe(2);
    const { at, series, node } = await read("names=events,memory.*");
    const [from = 0, to = 0] = at;
    expect(node).not.toBe("");
    const [, perS] = series.events ?? [];
    expect(((perS ?? 0) * (to - from)) / 1_000).toBeCloseTo(100, 0);
    expect(series["memory.rss_bytes"]?.[1]).toBeGreaterThan(10_000_000);
    expect((await read(`from=${from}`)).at[0]).toBe(to);
    expect((await read("step=60")).at).toEqual([]);
  }, 30_000);

  test("takes the role monitor, or admin; another node is not there", async () => {
    const gateway = await openGateway({ roles: { watcher: [{ channels: "*", verbs: ["subscribe", "history"] }] } });
    expect((await gateway.request("/v1/metrics/series?node=elsewhere")).status).toBe(404);
    expect((await gateway.request("/v1/metrics/series?step=7")).status).toBe(400);
    const headers = { authorization: "Bearer nobody-knows-this" };
    expect((await gateway.request("/v1/metrics/series", { headers })).status).toBe(401);
  });
});
