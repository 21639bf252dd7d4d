/** What is answered to the broker, and when; no broker. */
import { errorData } from "@signalbox/core";
import { type Draft, defaultLimits, type ErrorName, type PublishResult } from "@signalbox/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Carrier } from "../../../src/sources/amqp/carrier.ts";
import { cloudEvent } from "../../../src/sources/cloudevents/index.ts";

const options = { limits: defaultLimits, namespaces: { agent: {} }, cloudEvent };

/** `decide`: what becomes of a draft when it is tried for the n-th time. */
function rig(decide: (n: number, tries: number) => ErrorName | "ok" | "duplicate" = () => "ok", alone: string[] = []) {
  const answers: string[] = [];
  const batches: number[][] = [];
  const kept: number[] = [];
  const tries = new Map<number, number>();
  const troubles: Array<string | undefined> = [];
  let givenBack: string | undefined;
  let now = 0;
  let hold: Promise<void> | undefined;
  const resultOf = (draft: Draft): PublishResult => {
    const { n } = draft.data as { n: number };
    tries.set(n, (tries.get(n) ?? 0) + 1);
    const becomes = decide(n, tries.get(n) ?? 0);
    if (becomes !== "ok" && becomes !== "duplicate") return { id: "i", error: errorData(becomes, becomes) };
    kept.push(n);
    return { id: "i", channel: "agent:a", epoch: "e", offset: n, duplicate: becomes === "duplicate" };
  };
  const carrier = new Carrier<number>(
    {
      publish: (drafts, done) => {
        batches.push(drafts.map(({ data }) => (data as { n: number }).n));
        void Promise.resolve(hold).then(() => done(drafts.map(resultOf)));
      },
      kept: (n, duplicate) => answers.push(`${duplicate ? "again" : "kept"} ${n}`),
      refused: (n, { name }) => answers.push(`${name} ${n}`),
      troubled: (why) => troubles.push(why),
      giveBack: (why) => {
        givenBack = why;
      },
      goesAlone: (type) => alone.includes(type),
      steadyMs: () => now,
      pause: async (ms) => {
        now += ms;
      },
    },
    options,
  );
  const take = (n: number, body = JSON.stringify({ type: n % 2 === 0 ? "even" : "odd", data: { n } })): void => {
    carrier.take({ handle: n, delivery: { body: Buffer.from(body), routingKey: "agent.a", headers: {}, key: `${n}` } });
  };
  return {
    ...{ carrier, take, answers, batches, kept, troubles },
    get givenBack() {
      return givenBack;
    },
    holdUntil: (until: Promise<void>) => {
      hold = until;
    },
    /** Until nothing moves any more. */
    settled: () => new Promise<void>((resolve) => setImmediate(resolve)),
  };
}

test("each is answered once it is kept, and not before", async () => {
  const { take, answers, settled, holdUntil } = rig();
  let go = (): void => {};
  holdUntil(new Promise((resolve) => (go = resolve)));
  for (const n of [1, 2, 3]) take(n);
  await settled();
  expect(answers).toEqual([]);
  go();
  await settled();
  expect(answers).toEqual(["kept 1", "kept 2", "kept 3"]);
});

test("what waits meanwhile goes together, 200 at most", async () => {
  const { take, batches, settled } = rig();
  for (let n = 1; n <= 500; n++) take(n);
  await settled();
  expect(batches.map(({ length }) => length)).toEqual([1, 200, 200, 99]);
});

test("what can never be kept is refused and holds nobody up", async () => {
  const { take, answers, settled } = rig((n) => (n === 3 ? "forbidden" : n === 4 ? "duplicate" : "ok"));
  take(1);
  take(2, "no JSON");
  take(3);
  take(4);
  await settled();
  expect(answers).toEqual(["kept 1", "invalid_message 2", "forbidden 3", "again 4"]);
});

test("while the store is away everything waits, in order, and health is told", async () => {
  const { take, kept, answers, troubles, settled } = rig((_n, tries) => (tries < 4 ? "unavailable" : "ok"));
  for (let n = 1; n <= 5; n++) take(n);
  await settled();
  await settled();
  expect(kept).toEqual([1, 2, 3, 4, 5]);
  expect(answers).toEqual(kept.map((n) => `kept ${n}`));
  expect(troubles.at(0)).toBe("unavailable");
  expect(troubles.at(-1)).toBeUndefined();
});

test("a type with a rate of its own goes alone, so that nothing overtakes it", async () => {
  const held = rig((n, tries) => (n % 2 === 0 && tries === 1 ? "rate_limited" : "ok"), ["even"]);
  for (let n = 1; n <= 7; n++) held.take(n);
  await held.settled();
  await held.settled();
  expect(held.kept).toEqual([1, 2, 3, 4, 5, 6, 7]);
});

test("after ten seconds in vain all of it is given back, and nothing more is answered", async () => {
  const stuck = rig(() => "unavailable");
  for (let n = 1; n <= 3; n++) stuck.take(n);
  for (let turn = 0; turn < 300 && stuck.givenBack === undefined; turn++) await stuck.settled();
  expect(stuck.givenBack).toBe("unavailable");
  stuck.take(4);
  await stuck.settled();
  expect(stuck.answers).toEqual([]);
  expect(stuck.batches.flat()).not.toContain(2);
});

test("a stopped one answers nothing: there is nobody to hear it", async () => {
  const { carrier, take, answers, settled, holdUntil } = rig();
  let go = (): void => {};
  holdUntil(new Promise((resolve) => (go = resolve)));
  take(1);
  take(2);
  carrier.stop();
  go();
  await settled();
  expect(answers).toEqual([]);
});

test("finishing answers what is on its way and begins nothing more", async () => {
  const { carrier, take, answers, holdUntil } = rig();
  let go = (): void => {};
  holdUntil(new Promise((resolve) => (go = resolve)));
  take(1);
  take(2);
  const finished = carrier.finish();
  take(3);
  go();
  await finished;
  expect(answers).toEqual(["kept 1"]);
});

test("whatever fails for a while, each is kept once and in order", async () => {
  // What becomes of the n-th batch that is tried; a store that fails takes nothing of it.
  const plans = fc.array(fc.constantFrom<ErrorName | "ok">("ok", "unavailable", "overloaded", "internal"), {
    maxLength: 20,
  });
  await fc.assert(
    fc.asyncProperty(plans, fc.integer({ min: 1, max: 450 }), async (plan, count) => {
      const one = rig(() => plan[one.batches.length - 1] ?? "ok");
      for (let n = 1; n <= count; n++) one.take(n);
      for (let turn = 0; turn < 100 && one.answers.length < count; turn++) await one.settled();
      const all = Array.from({ length: count }, (_, index) => index + 1);
      expect(one.kept).toEqual(all);
      expect(one.answers).toEqual(all.map((n) => `kept ${n}`));
    }),
    { numRuns: 30 },
  );
});
