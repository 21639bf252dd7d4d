import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LogPages } from "../../src/log/pages.ts";
import { lastRows, rowsAround } from "../../src/log/range.ts";
import { history, metric, output } from "./log-events.ts";

const textAt = (pages: LogPages, offset: number): string => {
  const row = pages.at(offset);
  return typeof row === "object" ? row.text : String(row);
};

describe("the window of a log", () => {
  test("holds what came, and knows what did not", () => {
    const pages = new LogPages();
    pages.extend("e1", 1, 5_000);
    pages.put(history(1_500));
    expect(textAt(pages, 1_500)).toBe("line 1500");
    expect(pages.at(1_501)).toBe("unknown");
    expect(pages.at(5_001)).toBeUndefined();
    expect(pages.missing(1, 5_000)).toEqual([1, 2, 3, 4]);
    expect(pages.missing(1, 1_000)).toEqual([]);
    expect(pages.rows).toBe(5_000);
  });

  test("is bounded: far pages go, the ones looked at and the tail stay", () => {
    const pages = new LogPages(6);
    pages.focusOn(2_500);
    for (let from = 0; from < 20_000; from += 100) {
      pages.put(Array.from({ length: 100 }, (_, at) => output(from + at + 1, from + at + 1)));
    }
    expect(pages.heldPages).toBe(6);
    expect(textAt(pages, 2_500)).toBe("line 2500");
    expect(textAt(pages, 20_000)).toBe("line 20000");
    expect(pages.at(10_500)).toBe("unknown");
    expect(pages.rows).toBe(20_000);
  });

  test("a page that has just come is not given up at once, however far it is", () => {
    const pages = new LogPages(2);
    pages.extend("e1", 1, 100_000);
    pages.focusOn(100_000);
    pages.put(Array.from({ length: 1_000 }, (_, at) => output(99_001 + at, at)));
    pages.put(Array.from({ length: 1_000 }, (_, at) => output(98_001 + at, at)));
    pages.put(Array.from({ length: 1_000 }, (_, at) => output(50_001 + at, at)));
    expect(textAt(pages, 50_001)).toBe("line 0");
  });

  test("samples have no row", () => {
    const pages = new LogPages();
    pages.put(history(100, 1));
    expect(pages.top).toBe(200);
    expect(pages.rows).toBe(100);
    expect(pages.offsetOf(50)).toBe(101);
    expect(pages.indexOf(101)).toBe(50);
    expect(lastRows(pages, 0).at(-1)).toBe(199);
  });

  test("what is no longer kept is one row that says so", () => {
    const pages = new LogPages();
    pages.extend("e1", 4_301, 9_000);
    expect(pages.first).toBe(4_300);
    expect(textAt(pages, 4_300)).toBe("Rows 1–4,300: no longer kept (retention).");
    expect(pages.at(4_299)).toBeUndefined();
    expect(pages.rows).toBe(4_701);
    expect(pages.offsetOf(0)).toBe(4_300);
    expect(pages.indexOf(4_301)).toBe(1);
  });

  test("what is no longer kept is said in lines, once they are known", () => {
    const pages = new LogPages();
    pages.extend("e1", 4_301, 9_000);
    pages.put([output(4_301, 4_200)]);
    expect(textAt(pages, 4_300)).toBe("Lines 1–4,199: no longer kept (retention).");
  });

  test("a gap that comes while one watches moves the floor", () => {
    const pages = new LogPages();
    pages.put(history(100));
    pages.lose({ reason: "trimmed", epoch: "e1", from: 101, to: 300 });
    expect(pages.floor).toBe(301);
    expect(textAt(pages, 300)).toContain("1–300");
  });

  test("§4.10 what was not sent to a slow viewer is one row where it would have been, and comes when it is wanted", () => {
    const pages = new LogPages();
    pages.put(history(100));
    const counts = { process_output: 3_214, process_metric: 86 };
    pages.lose({ reason: "slow", epoch: "e1", from: 101, to: 3_400, counts });
    pages.put([output(3_401, 3_315)]);
    expect(pages.first).toBe(1);
    expect(pages.rows).toBe(102);
    expect(lastRows(pages, 3).slice(-3)).toEqual([100, 3_400, 3_401]);
    expect(textAt(pages, 3_400)).toBe("3,214 lines not sent: this connection is too slow.");
    expect(pages.missing(1, 3_401)).toEqual([]);
    const row = pages.at(3_400);
    const unsent = typeof row === "object" ? row.unsent : undefined;
    expect(unsent).toEqual({ from: 101, to: 3_400 });
    pages.wantUnsent({ from: 101, to: 3_400 });
    expect(pages.missing(1, 3_401)).toEqual([0, 1, 2, 3]);
    expect(pages.rows).toBe(3_401);
    pages.put(history(3_400));
    expect(textAt(pages, 3_400)).toBe("line 3400");
    expect(pages.missing(1, 3_401)).toEqual([]);
  });

  test("§4.10 a gap without a count of lines is counted in events, and many of them are bounded", () => {
    const pages = new LogPages(3);
    for (let from = 1; from < 100_000; from += 1_000) pages.lose({ reason: "slow", epoch: "", from, to: from + 999 });
    expect(pages.heldPages).toBe(3);
    expect(pages.rows).toBe(100);
    expect(textAt(pages, 100_000)).toBe("1,000 events not sent: this connection is too slow.");
  });

  test("another epoch drops everything and says that history was lost", () => {
    const pages = new LogPages();
    pages.put(history(50));
    pages.put([output(1, 51, {}, "e2")]);
    expect(pages.top).toBe(1);
    expect(textAt(pages, 0)).toContain("lost");
    expect(textAt(pages, 1)).toBe("line 51");
    expect(rowsAround(pages, 1, 10)).toEqual([0, 1]);
  });

  test("an event that comes twice is one row", () => {
    const pages = new LogPages();
    pages.put([output(1, 1), output(1, 1), output(2, 2)]);
    expect(pages.rows).toBe(2);
  });

  test("pieces of one line share its number; only the first bears it", () => {
    const pages = new LogPages();
    pages.put([output(1, 1, { partial: true }), output(2, 1), output(3, 2)]);
    expect([1, 2, 3].map((offset) => pages.at(offset))).toMatchObject([
      { line: 1, continued: false },
      { line: 1, continued: true },
      { line: 2, continued: false },
    ]);
  });

  test("rows and offsets agree wherever pages are held, whatever has no row", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 3_000 }), fc.nat(500), (kinds, trimmed) => {
        const pages = new LogPages();
        const events = kinds.map((line, at) => (line ? output(at + 1, at + 1) : metric(at + 1)));
        const floor = Math.min(trimmed, kinds.length - 1) + 1;
        pages.extend("e1", floor, kinds.length);
        pages.put(events.slice(floor - 1));
        const shown = kinds.flatMap((line, at) => (line && at + 1 >= floor ? [at + 1] : []));
        if (floor > 1) shown.unshift(floor - 1);
        expect(pages.rows).toBe(shown.length);
        for (const [index, offset] of shown.entries()) {
          expect(pages.indexOf(offset)).toBe(index);
          expect(pages.offsetOf(index)).toBe(offset);
        }
      }),
      { numRuns: 60 },
    );
  });

  test("shown until an offset it is the log that ended there; then again the whole one", () => {
    fc.assert(
      fc.property(
        fc.array(fc.boolean(), { minLength: 1, maxLength: 2_500 }),
        fc.nat(2_600),
        fc.nat(2_600),
        (kinds, cut, before) => {
          const events = kinds.map((line, at) => (line ? output(at + 1, at + 1) : metric(at + 1)));
          const until = Math.min(cut, events.length);
          const past = new LogPages();
          past.put(events.slice(0, until));
          const pages = new LogPages();
          // Some came before the past was looked at, the others while it was.
          pages.put(events.slice(0, before));
          pages.showUntil(until);
          pages.put(events.slice(before));
          const all = new LogPages();
          all.put(events);
          const seen = (one: LogPages) => [one.top, one.rows, lastRows(one, 3_000), one.at(one.top), one.at(until + 1)];
          expect(seen(pages)).toEqual(seen(past));
          pages.showUntil(undefined);
          expect(seen(pages)).toEqual(seen(all));
        },
      ),
      { numRuns: 60 },
    );
  });

  test("drawn rows are those around the anchor, and never one without a row", () => {
    const pages = new LogPages();
    pages.put(history(300, 3));
    const drawn = rowsAround(pages, 200, 40);
    expect(drawn).toContain(201);
    expect(drawn.every((offset) => typeof pages.at(offset) === "object")).toBe(true);
    expect(drawn).toEqual([...drawn].sort((a, b) => a - b));
  });
});
