import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Failure, Ladder } from "../src/ladder.ts";
import { ways } from "./support/session-host.ts";

test("a WebSocket that does not open is tried twice before anything else", () => {
  const ladder = new Ladder(ways);
  expect(ladder.next(0, "other", 0)).toBeUndefined();
  expect(ladder.next(0, "other", 0)).toBe(1);
});

test("a WebSocket that says nothing at all is given up at once", () => {
  expect(new Ladder(ways).next(0, "silent", 0)).toBe(1);
});

test("a stream without a first byte leads to polling", () => {
  const ladder = new Ladder(ways);
  expect(ladder.next(1, "silent", 0)).toBe(2);
  expect(ladder.next(1, "other", 0)).toBe(2);
  expect(ladder.next(2, "other", 0)).toBeUndefined();
});

test("nobody there leads back to the best; the second time polling is asked too, since a proxy may cut streams", () => {
  const ladder = new Ladder(ways);
  expect(ladder.next(1, "unreachable", 0)).toBeUndefined();
  expect(ladder.next(1, "unreachable", 0)).toBe(2);
  ladder.worked(1, 0);
  expect(ladder.next(1, "unreachable", 0)).toBeUndefined();
});

test("the way that worked last is tried first, until it fails", () => {
  const ladder = new Ladder(ways);
  ladder.worked(1, 0);
  expect(ladder.start).toBe(1);
  ladder.next(1, "unreachable", 0);
  expect(ladder.start).toBe(0);
});

test("a WebSocket that opened once gets its two tries again", () => {
  const ladder = new Ladder(ways);
  ladder.next(0, "other", 0);
  ladder.worked(0, 0);
  expect(ladder.next(0, "other", 0)).toBeUndefined();
});

test("a single way has nothing to fall back to, and more patience", () => {
  const ladder = new Ladder(ways.slice(0, 1));
  expect([ladder.next(0, "silent", 0), ladder.next(0, "other", 0)]).toEqual([undefined, undefined]);
  expect(ladder.patienceMs(0)).toBe(20_000);
  expect(new Ladder(ways).patienceMs(0)).toBe(4_000);
  expect(new Ladder(ways).patienceMs(1)).toBe(5_000);
});

test("climbing is tried every 60 s give or take a quarter, never from the best", () => {
  const ladder = new Ladder(ways);
  expect([0, 0.5, 1].map((random) => ladder.climbMs(2, random))).toEqual([45_000, 60_000, 75_000]);
  expect(ladder.climbMs(0, 0.5)).toBe(Number.POSITIVE_INFINITY);
});

describe("links that do not last", () => {
  /** A link on the way the ladder would begin with, which lives so long. */
  function live(ladder: Ladder, ms: number): number {
    const index = ladder.start;
    ladder.worked(index, 0);
    expect(ladder.next(index, "lost", ms)).toBeUndefined();
    return ladder.start;
  }

  test("the third in a row that ends before 30 s leads one way down; then one is enough for the next", () => {
    const ladder = new Ladder(ways);
    expect([live(ladder, 10_000), live(ladder, 10_000), live(ladder, 10_000)]).toEqual([0, 0, 1]);
    expect(live(ladder, 10_000)).toBe(2);
    expect([live(ladder, 10_000), live(ladder, 10_000)]).toEqual([2, 2]);
  });

  test("one that lasts forgives the others", () => {
    const ladder = new Ladder(ways);
    for (const ms of [10_000, 10_000, 30_001, 10_000, 10_000]) expect(live(ladder, ms)).toBe(0);
    expect(live(ladder, 10_000)).toBe(1);
  });

  test("so does a gateway that was away in between: it may have ended them itself", () => {
    const ladder = new Ladder(ways);
    for (let i = 0; i < 10; i++) {
      expect(live(ladder, 10_000)).toBe(0);
      ladder.next(0, "other", 0);
    }
  });

  test("a better way that does not last is tried again after 2, 4 and 8 minutes, and then every 8", () => {
    const ladder = new Ladder(ways);
    const minutes: number[] = [];
    for (let i = 0; i < 3; i++) live(ladder, 1);
    for (let i = 0; i < 5; i++) {
      minutes.push(ladder.climbMs(ladder.start, 0.5) / 60_000);
      // It climbs, and falls again.
      ladder.worked(0, 0);
      ladder.next(0, "lost", 10_000);
    }
    expect(minutes).toEqual([2, 4, 8, 8, 8]);
    ladder.worked(0, 0);
    ladder.next(0, "lost", 40_000);
    expect(ladder.climbMs(1, 0.5)).toBe(60_000);
  });

  test("the last way may end as often as it likes", () => {
    const ladder = new Ladder(ways.slice(0, 1));
    for (let i = 0; i < 10; i++) expect(live(ladder, 1)).toBe(0);
  });
});

test("a stream is doubted until it has worked, and again after it failed; the others never", () => {
  const ladder = new Ladder(ways);
  const doubts = (): boolean[] => ways.map((_, index) => ladder.doubts(index));
  expect(doubts()).toEqual([false, true, false]);
  ladder.worked(1, 0);
  expect(doubts()).toEqual([false, false, false]);
  ladder.next(1, "silent", 0);
  expect(doubts()).toEqual([false, true, false]);
});

test("whatever happens: it goes one way down at most, begins with a way there is, and climbs within 10 minutes", () => {
  const failure = fc.constantFrom<Failure>("unreachable", "silent", "lost", "other");
  const deed = fc.record({ worked: fc.boolean(), failure, ms: fc.nat(60_000) });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3 }), fc.array(deed), (count, deeds) => {
      const ladder = new Ladder(ways.slice(0, count));
      let index = ladder.start;
      let nowMs = 0;
      for (const { worked, failure, ms } of deeds) {
        if (worked) ladder.worked(index, nowMs);
        nowMs += ms;
        // Only what worked can be lost.
        const next = ladder.next(index, worked ? "lost" : failure === "lost" ? "other" : failure, nowMs);
        if (next !== undefined) expect(next).toBe(index + 1);
        index = next ?? ladder.start;
        expect(index).toBeLessThan(count);
        if (index > 0) expect(ladder.climbMs(index, 0.999)).toBeLessThan(600_000);
        expect(ladder.patienceMs(index)).toBeLessThanOrEqual(20_000);
      }
    }),
  );
});

test("where one way is open it is found within three rounds, whatever was before", () => {
  const failure = fc.constantFrom<Failure>("unreachable", "silent", "other");
  fc.assert(
    fc.property(fc.nat(2), fc.array(fc.tuple(fc.nat(2), failure)), failure, (open, before, how) => {
      const ladder = new Ladder(ways);
      for (const [index, failed] of before) ladder.next(index, failed, 0);
      const tried: number[] = [];
      for (let index = ladder.start, round = 0; index !== open && round < 3; ) {
        const next = ladder.next(index, how, 0);
        if (next === undefined) round++;
        index = next ?? ladder.start;
        tried.push(index);
      }
      expect([...tried, ladder.start]).toContain(open);
    }),
  );
});
