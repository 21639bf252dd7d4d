/** B4, D5 for each reducer: whatever comes, a state is the fold of all events, however it was saved on the way, and stays small. */
import { defaultLimits } from "@signalbox/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { reducers } from "../../src/reducers/all.ts";
import type { FoldedEvent } from "../../src/reducers/index.ts";
import { isLargerThan } from "../../src/steering/bytes.ts";
import { examples, swollen, wildEvents } from "../support/wild-events.ts";

/** Positions and times as a channel gives them: both only go up. */
const placed = (events: ReadonlyArray<Pick<FoldedEvent, "type" | "data">>): FoldedEvent[] =>
  events.map((event, at) => ({ ...event, timestamp: 1_000 + at, offset: at + 1 }));

const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

function frozen<Value>(value: Value): Value {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const member of Object.values(value)) frozen(member);
  }
  return value;
}

/** Channels by the reducer's name. */
const channels: Readonly<Record<string, string>> = {
  memory: "session:s",
  tdd: "agent:a",
  global: "global",
  alerts: "alerts",
};

describe.each([...reducers.values()].map((reducer) => [reducer.name, reducer] as const))("%s", (name, reducer) => {
  const channel = channels[name] ?? `${name}:a`;
  const fold = (from: unknown, events: readonly FoldedEvent[]): unknown =>
    events.reduce((state, event) => reducer.apply(state, event), from);
  const seeded = fold(reducer.initial(channel), placed(examples));
  const relevant = examples.filter((example) => reducer.apply(seeded, { ...example, timestamp: 9_999 }) !== seeded);
  const wild = fc.oneof({ weight: 8, arbitrary: wildEvents(relevant) }, { weight: 1, arbitrary: wildEvents(examples) });

  test("has something to say about its own events, and nothing about others", () => {
    expect(relevant.length).toBeGreaterThanOrEqual(1);
    for (const type of ["constructor", "__proto__", "toString", "unheard_of"]) {
      for (const data of [{}, null, [], "x", 7]) {
        expect(reducer.apply(seeded, { type, data, timestamp: 1 })).toBe(seeded);
      }
    }
  });

  test("B4 a snapshot saved at any cut and folded on is the whole fold", () => {
    fc.assert(
      fc.property(fc.array(wild, { maxLength: 60, size: "max" }), fc.nat(60), (some, cut) => {
        const events = placed(some);
        const saved = asJson(fold(reducer.initial(channel), events.slice(0, cut)));
        const late = fold(saved, events.slice(cut));
        expect(asJson(late)).toEqual(asJson(fold(reducer.initial(channel), events)));
      }),
      { numRuns: 150 },
    );
  });

  test("B4 a state is another object exactly when it is another, and no state is ever changed in place", () => {
    fc.assert(
      fc.property(fc.array(wild, { maxLength: 40, size: "max" }), (some) => {
        let state = frozen(reducer.initial(channel));
        let text = JSON.stringify(state);
        for (const event of placed(some)) {
          const next = frozen(reducer.apply(state, frozen(event)));
          const nextText = JSON.stringify(next);
          expect(next === state).toBe(nextText === text);
          state = next;
          text = nextText;
        }
      }),
      { numRuns: 60 },
    );
  });

  test("a state stays within the limit that every viewer is sent, after fifty thousand events of any kind", () => {
    let state = reducer.initial(channel);
    let least = Number.POSITIVE_INFINITY;
    const events = placed(fc.sample(wild, { numRuns: 50_000, seed: 7 }));
    for (const [at, event] of events.entries()) {
      state = reducer.apply(state, event);
      if (at % 1_000 !== 999) continue;
      expect(isLargerThan(state, defaultLimits.stateBytes)).toBe(false);
      least = Math.min(least, JSON.stringify(state).length);
    }
    // Something was folded at all.
    expect(least).toBeGreaterThan(JSON.stringify(reducer.initial(channel)).length);
  });

  test("and where every name is new and every member as long as can be", () => {
    let state = reducer.initial(channel);
    const rounds = Array.from({ length: 600 }, (_, round) => relevant.map((example) => swollen(example, round)));
    for (const event of placed(rounds.flat())) state = reducer.apply(state, event);
    expect(isLargerThan(state, defaultLimits.stateBytes)).toBe(false);
  });
});
