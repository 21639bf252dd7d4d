import type { Publication } from "@signalbox/protocol";
import { describe, expect, test } from "vitest";
import { nextError, type Searchable, seekLine } from "../../src/log/find.ts";
import { LogPages } from "../../src/log/pages.ts";
import { firstOf, pageSize } from "../../src/log/row-counts.ts";
import { history, output } from "./log-events.ts";

/** A log of which nothing is held until it is asked for. */
function remote(events: readonly Publication[], floor = 1): Searchable & { asked: number[]; pages: LogPages } {
  const pages = new LogPages(4);
  pages.extend("e1", floor, events.length);
  const asked: number[] = [];
  return {
    pages,
    asked,
    load: async (page) => {
      asked.push(page);
      const from = Math.max(firstOf(page), floor);
      pages.put(events.slice(from - 1, firstOf(page) - 1 + pageSize));
    },
  };
}

describe("going to a line", () => {
  test("finds it exactly, also where half of the offsets are no lines", async () => {
    const log = remote(history(40_000, 1));
    for (const line of [1, 2, 777, 20_000, 39_999, 40_000]) {
      const offset = await seekLine(log, line);
      expect(offset).toBe(2 * line - 1);
    }
  });

  test("asks for few pages", async () => {
    const log = remote(history(200_000, 50));
    await seekLine(log, 150_000);
    expect(new Set(log.asked).size).toBeLessThan(8);
  });

  test("gives the nearest line when that one is no longer kept", async () => {
    const log = remote(history(5_000), 3_001);
    expect(await seekLine(log, 10)).toBe(3_001);
    expect(await seekLine(log, 99_999)).toBe(5_000);
  });

  test("a line that came in pieces is entered at its first", async () => {
    const log = remote([
      output(1, 1),
      output(2, 2, { partial: true }),
      output(3, 2, { partial: true }),
      output(4, 2),
      output(5, 3),
    ]);
    expect(await seekLine(log, 2)).toBe(2);
  });
});

describe("going to the next error", () => {
  const events = history(12_000).map((event, at) =>
    [4_999, 5_000, 5_001, 9_499].includes(at) ? output(at + 1, at + 1, { stream: "stderr" }) : event,
  );
  const never = new AbortController().signal;
  const find = (from: number, direction: 1 | -1) => nextError(remote(events), from, direction, () => {}, never);

  test("goes to the first line of the next run, and past the run it is in", async () => {
    expect(await find(1, 1)).toEqual({ at: 5_000 });
    expect(await find(5_000, 1)).toEqual({ at: 9_500 });
    expect(await find(9_500, 1)).toMatchObject({ end: true });
  });

  test("backwards too", async () => {
    expect(await find(12_001, -1)).toEqual({ at: 9_500 });
    expect(await find(9_500, -1)).toEqual({ at: 5_000 });
    expect(await find(5_000, -1)).toMatchObject({ end: true });
  });

  test("words of trouble on stdout count", async () => {
    const log = remote([output(1, 1), output(2, 2, { output: "Tests: 3 failed, 4 passed" }), output(3, 3)]);
    expect(await nextError(log, 1, 1, () => {}, never)).toEqual({ at: 2 });
  });

  test("says how far it looked when a person stops it", async () => {
    const stop = new AbortController();
    const log = remote(events);
    const found = await nextError(log, 1, 1, (at) => at > 2_000 && stop.abort(), stop.signal);
    expect(found).toMatchObject({ end: false });
  });
});
