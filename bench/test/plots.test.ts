import { expect, test } from "vitest";
import { type KeptResults, plotOf } from "../report/plots.ts";

const about = { commit: "abc1234", date: "2026-11-21T00:00:00.000Z", command: "npm run bench -- x" };
const results = (scenario: string, rows: KeptResults["rows"]): KeptResults => ({ ...about, scenario, rows });

test("bars are as long as their values, name command and commit, and escape what they show", () => {
  const text =
    plotOf(
      results("storm", [
        { case: "1 <client>", subject: "signalbox", allAtHeadMs: 100 },
        { case: "1 <client>", subject: "ws", allAtHeadMs: 200 },
        { case: "1 <client>", subject: "never got there", allAtHeadMs: null },
      ]),
    ) ?? "";
  const lengths = [...text.matchAll(/<rect x="\d+"[^>]* width="([\d.]+)"/g)].map(([, length]) => Number(length));
  expect(lengths).toHaveLength(2);
  expect(lengths[1]).toBe(2 * (lengths[0] ?? 0));
  expect(text).toContain("1 &lt;client&gt;");
  expect(text).toContain("npm run bench -- x, commit abc1234, 2026-11-21");
  expect(text).toContain("prefers-color-scheme: dark");
});

test("curves have a line per kind, and ten times more is one step to the right", () => {
  const row = (size: number) => ({ case: `channels ${size}`, subject: "signalbox", size, usPerDelivery: 5 });
  const text = plotOf(results("curves", [row(10), row(100), row(1_000)])) ?? "";
  const places =
    /points="([^"]+)"/
      .exec(text)?.[1]
      ?.split(" ")
      .map((place) => Number(place.split(",")[0])) ?? [];
  expect(places).toHaveLength(3);
  expect((places[2] ?? 0) - (places[1] ?? 0)).toBeCloseTo((places[1] ?? 0) - (places[0] ?? 0), 0);
  expect(text).not.toContain("NaN");
});

test("a scenario without a plot has none", () => {
  expect(plotOf(results("start", []))).toBeUndefined();
});
