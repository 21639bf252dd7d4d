import type { Client } from "@signalbox/client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { perChannel, whenLinkedAgain, whileWatched } from "../../src/stores/while-watched.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("it works from the first listener to the last, and begins anew for the next", () => {
  const begun: string[] = [];
  const store = whileWatched({ many: 0 }, ({ show }) => {
    begun.push("begun");
    show({ many: begun.length });
    return () => void begun.push("ended");
  });
  expect([store.snapshot(), begun]).toEqual([{ many: 0 }, []]);
  const first = store.subscribe(() => {});
  const second = store.subscribe(() => {});
  first();
  expect([store.snapshot(), begun]).toEqual([{ many: 1 }, ["begun"]]);
  second();
  expect(begun).toEqual(["begun", "ended"]);
  store.subscribe(() => {})();
  expect(begun).toEqual(["begun", "ended", "begun", "ended"]);
});

test("what gathers is told at most once in the time, the last change too, and nothing after the end", () => {
  let gathered = 0;
  let tell = (): void => {};
  const store = whileWatched(
    { many: 0, state: "" },
    ({ soon }) => {
      tell = () => {
        gathered++;
        soon({ state: `at ${gathered}` });
      };
      return () => {};
    },
    { everyMs: 100, now: () => ({ many: gathered }) },
  );
  const told: unknown[] = [];
  const stop = store.subscribe(() => told.push(store.snapshot()));
  for (let time = 0; time < 5; time++) tell();
  expect(told).toEqual([]);
  vi.advanceTimersByTime(100);
  tell();
  vi.advanceTimersByTime(100);
  expect(told).toEqual([
    { many: 5, state: "at 5" },
    { many: 6, state: "at 6" },
  ]);
  tell();
  stop();
  vi.advanceTimersByTime(1_000);
  expect(told).toHaveLength(2);
});

test("the same client and channel, the same store", () => {
  const storeOf = perChannel((_client, channel) => ({ channel }));
  const [one, other] = [{}, {}] as Client[];
  if (one === undefined || other === undefined) throw new Error("there are two");
  expect(storeOf(one, "a")).toBe(storeOf(one, "a"));
  expect(storeOf(one, "b")).not.toBe(storeOf(one, "a"));
  expect(storeOf(other, "a")).not.toBe(storeOf(one, "a"));
});

test("after each time without a link it calls back once, not whenever it has caught up", () => {
  const run = vi.fn();
  const heard = whenLinkedAgain(run);
  for (const status of ["live", "catching_up", "live"] as const) heard({ status });
  expect(run).toHaveBeenCalledTimes(0);
  for (const status of ["offline", "subscribing", "live", "live"] as const) heard({ status });
  expect(run).toHaveBeenCalledTimes(1);
});
