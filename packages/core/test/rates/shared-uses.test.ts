/** A40 over several nodes: together they get what one would, but for what is on its way. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Failure, KeyedGcra, type Rate, RateLimits, SharedUses } from "../../src/index.ts";

/** Nodes, and the count that they share, which answers after a while. */
class Model {
  now = 0;
  takes = 0;
  isAway = false;
  readonly nodes: Array<{ limits: RateLimits; uses: SharedUses }>;
  readonly #shared = new Map<string, KeyedGcra>();
  #timers: Array<{ dueMs: number; run: () => void }> = [];

  constructor(rate: Rate, nodes: number, answerMs: number) {
    this.nodes = Array.from({ length: nodes }, () => {
      const uses = new SharedUses({
        steadyMs: () => this.now,
        after: (ms, run) => void this.#timers.push({ dueMs: this.now + ms, run }),
        take: (takes, done) => {
          this.takes += takes.length;
          const away: Failure = { failed: "unavailable", message: "away" };
          const taken = takes.map(({ key, perSecond, burst, count }) => {
            const bucket = this.#shared.get(key) ?? new KeyedGcra({ perSecond, burst }, 1);
            this.#shared.set(key, bucket);
            return { waitMs: this.isAway ? 0 : bucket.take(key, this.now, count) };
          });
          this.#timers.push({ dueMs: this.now + answerMs, run: () => done(this.isAway ? away : { taken }) });
        },
      });
      return { uses, limits: new RateLimits({ principal: rate }, 10, uses) };
    });
  }

  pass(ms: number): void {
    const until = this.now + ms;
    for (;;) {
      const next = this.#timers.toSorted((a, b) => a.dueMs - b.dueMs)[0];
      if (next === undefined || next.dueMs > until) break;
      this.#timers.splice(this.#timers.indexOf(next), 1);
      this.now = Math.max(this.now, next.dueMs);
      next.run();
    }
    this.now = until;
  }

  /** How many of so many pass at this node now. */
  ask(node: number, count: number, principal = "ada"): number {
    let passed = 0;
    for (let i = 0; i < count; i++) {
      if (this.nodes[node]?.limits.take({ principal }, "note", this.now) === undefined) passed++;
    }
    return passed;
  }
}

const rateOf = fc.record({ perSecond: fc.constantFrom(5, 50, 500), burst: fc.constantFrom(1, 10, 100, 1_000) });

test("whatever is asked of whichever node, all of them let through no more than is said", () => {
  const asks = fc.array(fc.record({ node: fc.nat(3), count: fc.nat(300), ms: fc.constantFrom(1, 20, 100, 700) }), {
    minLength: 20,
    maxLength: 120,
  });
  fc.assert(
    fc.property(
      rateOf,
      fc.integer({ min: 1, max: 4 }),
      fc.constantFrom(1, 30, 200),
      asks,
      (rate, nodes, answerMs, all) => {
        const model = new Model(rate, nodes, answerMs);
        const passed: Array<{ at: number; count: number }> = [];
        for (const { node, count, ms } of all) {
          passed.push({ at: model.now, count: model.ask(node % nodes, count) });
          model.pass(ms);
        }
        const onTheWay = nodes * (rate.burst + (rate.perSecond * (100 + answerMs)) / 1_000 + 2);
        const slack = rate.perSecond * 0.25;
        // From any moment on, so that a rest gives nothing that it should not.
        for (const [i, { at: from }] of passed.entries()) {
          let sum = 0;
          for (const { at, count } of passed.slice(i)) {
            sum += count;
            const seconds = (at - from) / 1_000;
            const most = rate.burst + slack + rate.perSecond * seconds * (1 + nodes / 64) + onTheWay;
            expect(sum).toBeLessThanOrEqual(most + 1e-6);
          }
        }
      },
    ),
    { numRuns: 60 },
  );
});

test("one node alone is refused nothing that it would not refuse by itself", () => {
  const asks = fc.array(fc.record({ count: fc.nat(300), ms: fc.constantFrom(1, 20, 100, 700, 3_000) }), {
    maxLength: 80,
  });
  fc.assert(
    fc.property(rateOf, fc.constantFrom(1, 30, 80), asks, (rate, answerMs, all) => {
      const model = new Model(rate, 1, answerMs);
      const alone = new RateLimits({ principal: rate }, 10);
      for (const { count, ms } of all) {
        let passed = 0;
        for (let i = 0; i < count; i++) if (alone.take({ principal: "ada" }, "note", model.now) === undefined) passed++;
        expect(model.ask(0, count)).toBe(passed);
        model.pass(ms);
      }
    }),
    { numRuns: 100 },
  );
});

describe("three nodes", () => {
  const rate = { perSecond: 100, burst: 100 };

  test("that are all asked for too much let through what one would, over time", () => {
    const model = new Model(rate, 3, 5);
    let passed = 0;
    for (let i = 0; i < 6_000; i++) {
      for (let node = 0; node < 3; node++) passed += model.ask(node, 2);
      model.pass(10);
    }
    // A minute at 100 a second, and what was let through before the first answers.
    expect(passed).toBeLessThan(6_000 * (1 + 3 / 64) + 4 * 130);
    expect(passed).toBeGreaterThan(5_500);
  });

  test("do not report who uses little of it, and forget who is quiet", () => {
    const model = new Model(rate, 3, 5);
    for (let i = 0; i < 100; i++) {
      for (let node = 0; node < 3; node++) model.ask(node, 1, `somebody-${node}`);
      model.pass(1_000);
    }
    expect(model.takes).toBe(0);
    model.pass(60_000);
    expect(model.nodes.map(({ uses }) => uses.size)).toEqual([0, 0, 0]);
  });

  test("whose count is away go on by their own limits, and share them again when it is back", () => {
    const model = new Model(rate, 3, 5);
    model.isAway = true;
    let passed = 0;
    for (let i = 0; i < 1_000; i++) {
      for (let node = 0; node < 3; node++) passed += model.ask(node, 2);
      model.pass(10);
    }
    expect(passed).toBeGreaterThan(3 * 1_000);
    model.isAway = false;
    model.pass(2_000);
    passed = 0;
    for (let i = 0; i < 3_000; i++) {
      for (let node = 0; node < 3; node++) passed += model.ask(node, 2);
      model.pass(10);
    }
    expect(passed).toBeLessThan(3_000 * (1 + 3 / 64) + 4 * 130);
  });

  test("say how long to wait", () => {
    const model = new Model({ perSecond: 1, burst: 10 }, 2, 5);
    model.ask(0, 10);
    model.ask(1, 10);
    model.pass(1_000);
    const limited = model.nodes[1]?.limits.take({ principal: "ada" }, "note", model.now);
    expect(limited).toMatchObject({ by: "principal" });
    expect(limited?.retryAfterMs).toBeGreaterThan(0);
  });
});
