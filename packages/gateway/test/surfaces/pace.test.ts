/** S§2.4: at most ten a second, the newest of each status, and one at least every two seconds. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Pace } from "../../src/surfaces/orchestrate/pace.ts";

interface One {
  status: string;
  n: number;
}

/** Plays a second's sweeps and every timer in between; gives back what went out, and when. */
function play(offers: ReadonlyArray<readonly [atMs: number, one: One]>, untilMs: number): Array<[number, One]> {
  const pace = new Pace<One>();
  const sent: Array<[number, One]> = [];
  let last: One = { status: "started", n: 0 };
  for (let ms = 0; ms <= untilMs; ms++) {
    for (const [atMs, one] of offers) {
      if (atMs !== ms) continue;
      last = one;
      pace.offer(one);
    }
    if (ms % 1_000 === 0 && pace.isQuiet(ms)) pace.offer(last);
    const one = pace.take(ms);
    if (one !== undefined) sent.push([ms, one]);
  }
  return sent;
}

describe("S§2.4 updates", () => {
  test("the first goes out at once, a burst of one status is its first and its newest", () => {
    const burst = Array.from({ length: 50 }, (_, n) => [10, { status: "active", n: n + 1 }] as const);
    const sent = play([[5, { status: "started", n: 0 }], ...burst], 400);
    expect(sent.map(([, { n }]) => n)).toEqual([0, 0, 50]);
  });

  test("no new status is left out of a burst", () => {
    const statuses = ["started", "active", "testing", "stopped"];
    const sent = play(
      statuses.map((status, n) => [3, { status, n }] as const),
      900,
    );
    expect(sent.map(([, { status }]) => status).slice(-4)).toEqual(statuses);
  });

  test("whatever is offered: never more than ten in a second, never two seconds without one, the newest last", () => {
    const offer = fc.tuple(fc.nat(5_000), fc.record({ status: fc.constantFrom("a", "b", "c"), n: fc.nat() }));
    fc.assert(
      fc.property(fc.array(offer, { maxLength: 200 }), (given) => {
        const offers = given.sort(([a], [b]) => a - b);
        const sent = play(offers, 8_000);
        const times = sent.map(([ms]) => ms);
        for (const [index, ms] of times.entries()) {
          expect(times.filter((one) => one >= ms && one < ms + 1_000).length).toBeLessThanOrEqual(10);
          expect(ms - (times[index - 1] ?? 0)).toBeLessThanOrEqual(2_000);
        }
        const newest = offers.at(-1)?.[1];
        if (newest !== undefined) expect(sent.at(-1)?.[1]).toEqual(newest);
      }),
      { numRuns: 30 },
    );
  });
});
