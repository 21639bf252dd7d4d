import { expect, test } from "vitest";
import { judge } from "../../src/metrics/judge.ts";
import type { SeriesAnswer } from "../../src/metrics/series.ts";

const word = (series: Record<string, number>): string => {
  const told = Object.fromEntries(Object.entries(series).map(([name, value]) => [name, [value]]));
  const about = { node: "", startedMs: 0, stepMs: 5_000, keptMs: 0, names: [], ended: {}, boundsMs: [] };
  const answer: SeriesAnswer = { ...about, at: Object.keys(series).length === 0 ? [] : [1], series: told };
  return judge(answer).word;
};

test("how a gateway fares", () => {
  expect(word({})).toBe("Not known yet");
  expect(word({ "viewers.behind": 0, "loop.delay_p99_ms": 3 })).toBe("OK");
  expect(word({ "loop.delay_p99_ms": 250 })).toBe("Loaded");
  expect(word({ "publish_ms.p99": 501 })).toBe("Loaded");
  expect(word({ "cpu.percent": 99 })).toBe("Loaded");
  expect(word({ "cpu.percent": 99, "viewers.behind": 2 })).toBe("Behind");
  expect(word({ "drops.latest": 4 })).toBe("Behind");
});
