import { describe, expect, test } from "vitest";
import { type Bar, type Level, layOut, type Mark, type PlacedRow } from "../../src/timeline/bars.ts";
import { badInView, barsInView, firstAtLeast, groundInView, marksInView } from "../../src/timeline/cull.ts";
import { listInView } from "../../src/timeline/list.ts";
import { marksOf, momentsOf, stepFrom } from "../../src/timeline/marks.ts";

const row = (
  at: number,
  kind: PlacedRow["kind"],
  id: string,
  state: string,
  more: Partial<PlacedRow> = {},
): PlacedRow => ({
  ...{ at, kind, id, state, offset: at + 1, label: id, whose: "", durationMs: undefined },
  ...more,
});

const barsOf = (levels: readonly Level[]) =>
  levels.map(({ bars }) => bars.map(({ id, start, end }) => [id, start, end]));

describe("bars of a lane", () => {
  test("begin and end are one bar; what has not ended goes on", () => {
    const { levels, bars } = layOut([
      row(10, "tool", "a", "running"),
      row(20, "tool", "a", "done"),
      row(30, "tool", "b", "running"),
    ]);
    expect(bars).toBe(2);
    expect(barsOf(levels)).toEqual([
      [
        ["a", 10, 20],
        ["b", 30, Number.POSITIVE_INFINITY],
      ],
    ]);
  });

  test("an id that ended may begin again; kinds do not mix", () => {
    const { levels } = layOut([
      row(1, "step", "x", "running"),
      row(2, "tool", "x", "running"),
      row(3, "step", "x", "failed"),
      row(4, "step", "x", "running"),
      row(5, "step", "x", "done"),
    ]);
    expect(barsOf(levels)).toEqual([
      [
        ["x", 1, 3],
        ["x", 4, 5],
      ],
      [["x", 2, Number.POSITIVE_INFINITY]],
    ]);
  });

  test("an end without a beginning takes the duration that it says, or is a moment", () => {
    const { levels } = layOut([row(100, "tool", "a", "done", { durationMs: 40 }), row(200, "tool", "b", "done")]);
    expect(barsOf(levels)).toEqual([
      [
        ["a", 60, 100],
        ["b", 200, 200],
      ],
    ]);
  });

  test("bars that overlap lie over one another; beyond six levels they share the last", () => {
    const rows = Array.from({ length: 9 }, (_, at) => row(at, "task", `t${at}`, "running"));
    const { levels, bars } = layOut(rows);
    expect(bars).toBe(9);
    expect(levels.map((level) => level.bars.length)).toEqual([1, 1, 1, 1, 1, 4]);
  });

  test("an approval is a mark when asked and when decided, and a bar between", () => {
    const { levels, marks } = layOut([
      row(5, "approval", "c", "waiting_approval"),
      row(9, "approval", "c", "approved"),
    ]);
    expect(barsOf(levels)).toEqual([[["c", 5, 9]]]);
    expect(marks.map(({ at, tone }) => [at, tone])).toEqual([
      [5, "wait"],
      [9, "done"],
    ]);
  });

  test("the ground changes with the state only; clocks that went back are put in order", () => {
    const { ground, marks } = layOut([
      row(1, "state", "", "running"),
      row(2, "state", "", "running"),
      row(3, "state", "", "waiting_approval"),
      row(9, "error", "", "failed"),
      row(8, "error", "", "failed"),
    ]);
    expect(ground.map(({ at, tone }) => [at, tone])).toEqual([
      [1, "run"],
      [3, "wait"],
    ]);
    expect(marks.map(({ at }) => at)).toEqual([8, 9]);
  });
});

const many = layOut(
  Array.from({ length: 100_000 }, (_, at) =>
    row(at * 10, "tool", `c${at}`, at % 50_000 === 77 ? "failed" : "done", { durationMs: 5 }),
  ),
);
const [level] = many.levels;

describe("what is drawn", () => {
  test.each([1, 7, 100])("is found by halving as by looking at each (%i)", (length) => {
    const values = Array.from({ length }, (_, at) => at * 3);
    for (let value = -1; value < length * 3 + 2; value++) {
      const slow = values.findIndex((one) => one >= value);
      expect(firstAtLeast(length, (index) => values[index] ?? 0, value)).toBe(slow < 0 ? length : slow);
    }
  });

  test("100,000 bars on 1,000 pixels are about as many strokes as pixels, and no failure is lost", () => {
    if (level === undefined) throw new Error("no level");
    const scale = { from: 0, to: 1_000_000, msPerPx: 1_000 };
    const drawn: Bar[] = [];
    const bad: Bar[] = [];
    barsInView(level, scale, (bar) => drawn.push(bar));
    badInView(level, scale, (bar) => bad.push(bar));
    expect(drawn.length).toBeLessThan(2_100);
    expect(drawn.length).toBeGreaterThan(900);
    expect(bad.map(({ id }) => id)).toEqual(["c77", "c50077"]);
  });

  test("near enough each bar in view is drawn, none beyond, and one that began long before", () => {
    const { levels } = layOut([
      row(1, "task", "long", "running"),
      ...Array.from({ length: 50 }, (_, at) => row(100 + at * 10, "tool", `c${at}`, "done", { durationMs: 5 })),
    ]);
    const drawn: string[] = [];
    for (const one of levels) barsInView(one, { from: 300, to: 340, msPerPx: 0.1 }, ({ id }) => drawn.push(id));
    expect(drawn).toEqual(["long", "c20", "c21", "c22", "c23", "c24"]);
  });

  test("a long bar among many short ones in one pixel is drawn", () => {
    const { levels } = layOut([
      ...Array.from({ length: 7 }, (_, at) => row(at, "task", `t${at}`, "running")),
      row(7, "task", "t5", "done"),
      row(9_000, "task", "t6", "done"),
    ]);
    const last = levels.at(-1);
    const drawn: string[] = [];
    if (last) barsInView(last, { from: 0, to: 100_000, msPerPx: 100 }, ({ id }) => drawn.push(id));
    expect(drawn).toContain("t6");
  });

  test("of marks in one place the one that asks is drawn, else one that failed", () => {
    const marks = layOut([
      row(1, "tests", "", "done"),
      row(2, "error", "", "failed"),
      row(3, "approval", "c", "waiting_approval"),
      row(500, "tests", "", "done"),
      row(501, "error", "", "failed"),
    ]).marks;
    const drawn: Mark[] = [];
    marksInView(marks, { from: 0, to: 1_000, msPerPx: 1 }, 14, (mark) => drawn.push(mark));
    expect(drawn.map(({ kind }) => kind)).toEqual(["approval", "error"]);
  });

  test("the state that holds at the left edge is drawn, and each until the next", () => {
    const { ground } = layOut([
      row(10, "state", "", "running"),
      row(100, "state", "", "done"),
      row(300, "state", "", "idle"),
    ]);
    const drawn: Array<[string, number, number]> = [];
    groundInView(ground, { from: 50, to: 200, msPerPx: 1 }, ({ state }, from, to) => drawn.push([state, from, to]));
    expect(drawn).toEqual([
      ["running", 10, 100],
      ["done", 100, 300],
    ]);
  });
});

describe("steps and lists", () => {
  const lane = {
    ...{ channel: "agent:a", looked: 3, total: 3, floor: 1 },
    content: layOut([row(10, "tool", "a", "running"), row(20, "tool", "a", "done"), row(20, "error", "", "failed")]),
  };

  test("the next moment and the one before", () => {
    const moments = momentsOf([lane]);
    expect([...moments]).toEqual([10, 20]);
    expect([...marksOf([lane])]).toEqual([20]);
    expect([stepFrom(moments, 10, 1), stepFrom(moments, 15, 1), stepFrom(moments, 20, 1)]).toEqual([20, 20, undefined]);
    expect([stepFrom(moments, 10, -1), stepFrom(moments, 15, -1), stepFrom(moments, 99, -1)]).toEqual([
      undefined,
      10,
      20,
    ]);
  });

  test("the list is capped and says how many there are", () => {
    const big = { ...lane, content: many };
    const { items, total } = listInView([big], { from: 0, to: 1_000_000 }, 200);
    expect([items.length, total]).toEqual([200, 100_000]);
    const first = items[0]?.item;
    expect(first && "id" in first ? first.id : undefined).toBe("c0");
    expect(listInView([lane], { from: 12, to: 19 }, 10)).toMatchObject({ total: 1, items: [{ item: { id: "a" } }] });
  });
});
