import { expect, test } from "vitest";
import { Ladder } from "../src/ladder.ts";
import { ways } from "./support/session-host.ts";

test("a WebSocket that does not open is tried twice before anything else", () => {
  const ladder = new Ladder(ways);
  expect(ladder.next(0, "other")).toBeUndefined();
  expect(ladder.next(0, "other")).toBe(1);
});

test("a WebSocket that says nothing at all is given up at once", () => {
  expect(new Ladder(ways).next(0, "silent")).toBe(1);
});

test("a stream without a first byte leads to polling", () => {
  const ladder = new Ladder(ways);
  expect(ladder.next(1, "silent")).toBe(2);
  expect(ladder.next(1, "other")).toBe(2);
  expect(ladder.next(2, "other")).toBeUndefined();
});

test("nobody there leads back to the best; the second time polling is asked too, since a proxy may cut streams", () => {
  const ladder = new Ladder(ways);
  expect(ladder.next(1, "unreachable")).toBeUndefined();
  expect(ladder.next(1, "unreachable")).toBe(2);
  ladder.worked(1);
  expect(ladder.next(1, "unreachable")).toBeUndefined();
});

test("the way that worked last is tried first, until it fails", () => {
  const ladder = new Ladder(ways);
  ladder.worked(1);
  expect(ladder.start).toBe(1);
  ladder.next(1, "unreachable");
  expect(ladder.start).toBe(0);
});

test("a WebSocket that opened once gets its two tries again", () => {
  const ladder = new Ladder(ways);
  ladder.next(0, "other");
  ladder.worked(0);
  expect(ladder.next(0, "other")).toBeUndefined();
});

test("a single way has nothing to fall back to, and more patience", () => {
  const ladder = new Ladder(ways.slice(0, 1));
  expect([ladder.next(0, "silent"), ladder.next(0, "other")]).toEqual([undefined, undefined]);
  expect(ladder.patienceMs(0)).toBe(20_000);
  expect(new Ladder(ways).patienceMs(0)).toBe(4_000);
  expect(new Ladder(ways).patienceMs(1)).toBe(5_000);
});

test("climbing is tried every 60 s give or take a quarter, never from the best", () => {
  const ladder = new Ladder(ways);
  expect([0, 0.5, 1].map((random) => ladder.climbMs(2, random))).toEqual([45_000, 60_000, 75_000]);
  expect(ladder.climbMs(0, 0.5)).toBe(Number.POSITIVE_INFINITY);
});
