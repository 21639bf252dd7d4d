import fc from "fast-check";
import { expect, test } from "vitest";
import { Dues } from "../../src/steering/dues.ts";
import { TurnsPerKey } from "../../src/steering/turns-per-key.ts";

test("what is due comes at its time, once, as it was said last", () => {
  const said = fc.record({ key: fc.constantFrom(..."abcdefgh"), ms: fc.option(fc.nat(50), { nil: undefined }) });
  fc.assert(
    fc.property(fc.array(fc.oneof(said, fc.nat(60)), { maxLength: 200 }), (steps) => {
      const dues = new Dues();
      const model = new Map<string, number>();
      for (const step of steps) {
        if (typeof step === "number") {
          const due = [...model].filter(([, ms]) => ms <= step).map(([key]) => key);
          expect(dues.take(step, 100).sort()).toEqual(due.sort());
          for (const key of due) model.delete(key);
        } else {
          dues.set(step.key, step.ms);
          if (step.ms === undefined) model.delete(step.key);
          else model.set(step.key, step.ms);
        }
        expect(dues.size).toBe(model.size);
      }
    }),
  );
});

test("the earliest are taken first, and the others later", () => {
  const dues = new Dues();
  for (const ms of [5, 3, 9, 1, 7]) dues.set(`k${ms}`, ms);
  expect([dues.take(8, 2), dues.take(8, 9), dues.take(8, 9)]).toEqual([["k1", "k3"], ["k5", "k7"], []]);
});

test("turns: nobody shares a key, everybody comes, whoever came first at a key goes first", () => {
  const keys = fc.uniqueArray(fc.constantFrom("a", "b", "c", "d"), { minLength: 1 });
  fc.assert(
    fc.property(fc.array(keys, { maxLength: 30 }), fc.infiniteStream(fc.nat(1_000)), (all, chance) => {
      const turns = new TurnsPerKey();
      const running = new Map<number, () => void>();
      const begun: number[] = [];
      for (const [index, wanted] of all.entries()) {
        turns.enter(wanted, (leave) => {
          for (const other of running.keys()) expect(wanted.filter((key) => all[other]?.includes(key))).toEqual([]);
          running.set(index, leave);
          begun.push(index);
        });
      }
      while (running.size > 0) {
        const [index, leave] = [...running][(chance.next().value ?? 0) % running.size] ?? [];
        if (index === undefined) break;
        running.delete(index);
        leave?.();
        leave?.();
      }
      expect([...begun].sort((a, b) => a - b)).toEqual(all.map((_, index) => index));
      for (const key of "abcd") {
        const order = begun.filter((index) => all[index]?.includes(key as "a"));
        expect(order).toEqual([...order].sort((a, b) => a - b));
      }
      expect(turns.size).toBe(0);
    }),
  );
});
