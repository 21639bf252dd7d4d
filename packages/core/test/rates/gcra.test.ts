import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Gcra, KeyedGcra, type Rate } from "../../src/rates/gcra.ts";

/** A token bucket as the books have it: so many tokens, some come back as time passes, never more than fit. */
class ReferenceBucket {
  readonly #rate: Rate;
  #tokens: number;
  #seenMs: number | undefined;

  constructor(rate: Rate) {
    this.#rate = rate;
    this.#tokens = rate.burst;
  }

  /** How many tokens are missing; 0 or less when it was taken. */
  take(nowMs: number, cost: number): number {
    const passed = this.#seenMs === undefined ? 0 : Math.max(0, nowMs - this.#seenMs);
    this.#seenMs = Math.max(nowMs, this.#seenMs ?? nowMs);
    this.#tokens = Math.min(this.#rate.burst, this.#tokens + (passed * this.#rate.perSecond) / 1_000);
    const missing = cost - this.#tokens;
    if (missing <= 1e-9) this.#tokens -= cost;
    return missing;
  }

  /** Takes what the other one took, though a hair was missing. */
  agree(cost: number): void {
    this.#tokens -= cost;
  }
}

const rate = fc.record({
  perSecond: fc.oneof(fc.integer({ min: 1, max: 1_000 }), fc.constantFrom(0.01, 1 / 3, 7.3, 123_456)),
  burst: fc.oneof(fc.integer({ min: 1, max: 50 }), fc.constantFrom(0.5, 3.7, 65_536)),
});
/** Steps of the clock, some of them back, some of them far. */
const step = fc.oneof(
  { weight: 6, arbitrary: fc.double({ min: 0, max: 50, noNaN: true }) },
  { weight: 2, arbitrary: fc.constantFrom(0, 0, 1_000) },
  { weight: 1, arbitrary: fc.double({ min: -10_000, max: 0, noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(3_600_000, Number.NaN, Number.POSITIVE_INFINITY) },
);
const cost = fc.oneof(
  { weight: 5, arbitrary: fc.constant(1) },
  { weight: 1, arbitrary: fc.constantFrom(0, 0.5, 2, 7, 1e9) },
);
const asks = fc.array(fc.record({ step, cost }), { maxLength: 80 });
const start = fc.constantFrom(0, 12.5, 1e6, 1.8e12);

/** What was asked when, with a clock that has no NaN or Infinity in it: those stand still. */
function* timeline(startMs: number, steps: ReadonlyArray<{ step: number; cost: number }>) {
  let nowMs = startMs;
  let highestMs = startMs;
  // A bucket knows no time before the first it is told.
  yield { saidMs: startMs, highestMs, cost: 0 };
  for (const each of steps) {
    const next = nowMs + each.step;
    if (Number.isFinite(next)) nowMs = next;
    highestMs = Math.max(highestMs, nowMs);
    yield { saidMs: Number.isFinite(next) ? nowMs : next, highestMs, cost: each.cost };
  }
}

describe("A40 one bucket", () => {
  test("never admits more than burst + rate × t, in any stretch, whatever the clock does", () => {
    fc.assert(
      fc.property(rate, start, asks, (limit, startMs, steps) => {
        const gcra = new Gcra(limit);
        const admitted: Array<{ atMs: number; cost: number }> = [];
        for (const { saidMs, highestMs, cost: units } of timeline(startMs, steps)) {
          if (gcra.take(saidMs, units) === 0) admitted.push({ atMs: highestMs, cost: units });
        }
        for (const [from, first] of admitted.entries()) {
          let sum = 0;
          for (const { atMs, cost: units } of admitted.slice(from)) {
            sum += units;
            const most = limit.burst + (limit.perSecond * (atMs - first.atMs)) / 1_000;
            // 2.4e-4 ms is the last digit of a clock that counts from 1970.
            expect(sum).toBeLessThanOrEqual(most + limit.perSecond * 1e-6 + 1e-6 * most);
          }
        }
      }),
      { numRuns: 3_000 },
    );
  });

  test("decides as the reference bucket does", () => {
    let refused = 0;
    fc.assert(
      fc.property(rate, start, asks, (limit, startMs, steps) => {
        const gcra = new Gcra(limit);
        gcra.take(startMs, 0);
        const reference = new ReferenceBucket(limit);
        reference.take(startMs, 0);
        for (const { saidMs, highestMs, cost: units } of timeline(startMs, steps)) {
          const wait = gcra.take(saidMs, units);
          const missing = reference.take(highestMs, units);
          const tolerance = 1e-3 * limit.perSecond * 1e-3 + 1e-6 * limit.burst;
          if (Math.abs(missing) <= tolerance) {
            // Within rounding either may be right: go on from the same state.
            if (wait === 0 && missing > 1e-9) reference.agree(units);
            else if (wait > 0 && missing <= 1e-9) reference.agree(-units);
            continue;
          }
          expect(wait === 0).toBe(missing < 0);
          if (wait === 0) continue;
          refused++;
          if (units > limit.burst) expect(wait).toBe(Number.POSITIVE_INFINITY);
          else expect(wait).toBeCloseTo((missing * 1_000) / limit.perSecond, 1);
        }
      }),
      { numRuns: 2_000 },
    );
    expect(refused).toBeGreaterThan(1_000);
  });

  test("admits after retryAfterMs and not before", () => {
    const gcra = new Gcra({ perSecond: 4, burst: 2 });
    expect([gcra.take(0), gcra.take(0)]).toEqual([0, 0]);
    const wait = gcra.take(10);
    expect(wait).toBeCloseTo(240);
    expect(gcra.take(10 + wait - 1)).toBeGreaterThan(0);
    expect(gcra.take(10 + wait)).toBe(0);
  });

  test("a clock that is set back gives nothing back and locks nobody out", () => {
    const gcra = new Gcra({ perSecond: 1, burst: 2 });
    expect([gcra.take(100_000), gcra.take(100_000)]).toEqual([0, 0]);
    expect(gcra.take(0)).toBeCloseTo(1_000);
    expect(gcra.take(100_000)).toBeCloseTo(1_000);
    expect(gcra.take(101_000)).toBe(0);
    const rested = new KeyedGcra({ perSecond: 1, burst: 2 }, 10);
    rested.take("a", 100_000);
    expect(rested.take("b", 0)).toBe(0);
  });

  test("a clock that leaps forward gives one burst and no more", () => {
    const gcra = new Gcra({ perSecond: 10, burst: 3 });
    for (let i = 0; i < 3; i++) gcra.take(0);
    const after = Array.from({ length: 10 }, () => gcra.take(86_400_000));
    expect(after.filter((wait) => wait === 0)).toHaveLength(3);
  });

  test("a cost over the burst never passes, and one below zero gives nothing back", () => {
    const gcra = new Gcra({ perSecond: 1, burst: 5 });
    expect(gcra.take(0, 6)).toBe(Number.POSITIVE_INFINITY);
    expect(gcra.take(0, Number.NaN)).toBe(Number.POSITIVE_INFINITY);
    expect(gcra.take(0, 5)).toBe(0);
    expect(gcra.take(0, -5)).toBe(0);
    expect(gcra.take(0, 1)).toBeGreaterThan(0);
  });

  test.each([
    { perSecond: 0, burst: 1 },
    { perSecond: 1, burst: 0 },
    { perSecond: -1, burst: 1 },
    { perSecond: Number.NaN, burst: 1 },
    { perSecond: 1, burst: Number.POSITIVE_INFINITY },
  ])("a rate of %o is no rate", (limit) => {
    expect(() => new Gcra(limit)).toThrow(RangeError);
  });
});

describe("A40 a bucket per key", () => {
  const key = fc.constantFrom("a", "b", "c", "d", "__proto__", "");

  test("each key has what a bucket of its own would have, as long as none is forgotten", () => {
    fc.assert(
      fc.property(
        rate,
        fc.array(fc.tuple(key, fc.double({ min: 0, max: 40, noNaN: true })), { maxLength: 80 }),
        (limit, asked) => {
          const keyed = new KeyedGcra(limit, 6);
          const own = new Map<string, Gcra>();
          let nowMs = 0;
          for (const [name, passed] of asked) {
            nowMs += passed;
            const alone = own.get(name) ?? new Gcra(limit);
            // The same origin of time, so that both round alike.
            if (!own.has(name)) alone.take(0, 0);
            own.set(name, alone);
            const wait = keyed.wait(name, nowMs);
            expect(keyed.take(name, nowMs)).toBe(wait);
            expect(wait).toBeCloseTo(alone.take(nowMs), 5);
          }
        },
      ),
    );
  });

  test("being forgotten never grants more than a key never seen has", () => {
    fc.assert(
      fc.property(
        rate,
        fc.array(fc.tuple(key, fc.double({ min: 0, max: 40, noNaN: true })), { maxLength: 80 }),
        (limit, asked) => {
          const keyed = new KeyedGcra(limit, 2);
          let nowMs = 0;
          for (const [name, passed] of asked) {
            nowMs += passed;
            let sum = 0;
            while (sum <= limit.burst + 1 && keyed.wait(name, nowMs) === 0) {
              keyed.take(name, nowMs);
              sum++;
            }
            expect(sum).toBeLessThanOrEqual(limit.burst + 1e-6);
            expect(keyed.size).toBeLessThanOrEqual(2);
          }
        },
      ),
    );
  });

  test("remembers no more keys than it may, whoever asks", () => {
    const keyed = new KeyedGcra({ perSecond: 1, burst: 1 }, 100);
    for (let i = 0; i < 10_000; i++) keyed.take(`address ${i}`, 0);
    expect(keyed.size).toBe(100);
  });

  test("who goes on asking while refused is not forgotten", () => {
    const keyed = new KeyedGcra({ perSecond: 0.001, burst: 1 }, 10);
    expect(keyed.take("flooder", 0)).toBe(0);
    for (let i = 0; i < 1_000; i++) {
      keyed.take(`passer-by ${i}`, i);
      expect(keyed.take("flooder", i)).toBeGreaterThan(0);
    }
  });
});
