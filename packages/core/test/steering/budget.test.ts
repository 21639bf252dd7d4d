/** §14: the life of a budget and what counts for it, without clocks and stores. */
import { describe, expect, test } from "vitest";
import { type Budget, dueStage, holdingStage, sharesOf, stateOf, stepBudget } from "../../src/steering/budget.ts";
import { usageAdditions, usedIn } from "../../src/steering/usage.ts";
import { facts } from "./facts.ts";

const scope = "session:s1";
const nothing = [0, 0, 0];
const dollars = (costUsd: number): number[] => [Math.round(costUsd * 1e9), 0, 0];

const take = (before: Budget | undefined, type: string, data: Record<string, unknown>, more = {}) =>
  stepBudget(
    before,
    { type, data: { scope, ...data } },
    facts({ id: scope, channel: scope, counts: nothing, ...more }),
  );

const gateway = { by: "gateway:n1" };

function settled(limits: object = { costUsd: 5 }, more: object = {}): Budget {
  const stepped = take(undefined, "budget_set", { limits, ...more });
  if (stepped.did !== "change") throw new Error(JSON.stringify(stepped));
  return stepped.next;
}

const reached = (before: Budget, stage: string, counts: number[]): Budget => {
  const stepped = take(before, `budget_${stage}`, { round: before.round }, { ...gateway, counts });
  if (stepped.did !== "change") throw new Error(JSON.stringify(stepped));
  return stepped.next;
};

describe("§14.1 setting a budget", () => {
  test("begins a count, with the shares that were not named", () => {
    const stepped = take(undefined, "budget_set", { limits: { costUsd: 5 }, setBy: "somebody", round: 9 });
    expect(stepped).toMatchObject({
      counts: nothing,
      data: { scope, limits: { costUsd: 5 }, warnAt: 0.8, pauseAt: 1, cancelAt: 1.2, setBy: "user:ada", round: 1 },
      next: { scope, limits: { costUsd: 5 }, round: 1, since: 1_000_000, setBy: "user:ada" },
    });
  });

  test("again goes on counting, unless it says reset or the budget had ended", () => {
    const before = settled();
    const later = { nowMs: 2_000_000, counts: dollars(3) };
    const again = take(before, "budget_set", { limits: { tokens: 10 } }, later);
    expect(again).toMatchObject({ next: { limits: { tokens: 10 }, round: 2, since: 1_000_000, setAt: 2_000_000 } });
    expect(again).not.toHaveProperty("counts");
    const anew = { counts: nothing, next: { since: 2_000_000, round: 2 } };
    expect(take(before, "budget_set", { limits: {}, reset: true }, later)).toMatchObject(anew);
    expect(take(settled({}), "budget_set", { limits: { tokens: 10 } }, later)).toMatchObject(anew);
    expect(stateOf(settled({}))).toBe("ended");
  });

  test("a stage that the new limits are above can be reached again; others stay reached", () => {
    const paused = reached(reached(settled(), "warned", dollars(5)), "paused", dollars(5));
    expect([stateOf(paused), holdingStage(paused)]).toEqual(["paused", "paused"]);
    const raise = (costUsd: number) => take(paused, "budget_set", { limits: { costUsd } }, { counts: dollars(5) });
    const half = raise(6);
    expect(half).toMatchObject({ next: { warned: { round: 1 } } });
    expect(half.did === "change" && half.next.paused).toBeUndefined();
    const whole = raise(10);
    expect(whole.did === "change" && [stateOf(whole.next), dueStage(whole.next, dollars(8))]).toEqual([
      "open",
      "warned",
    ]);
  });

  test.each<[what: string, data: Record<string, unknown>, more: object, path: string]>([
    ["another channel", {}, { channel: "session:other" }, "/channel"],
    ["a scope of another kind", {}, { id: "process:p", channel: "process:p" }, "/data/scope"],
    ["a scope that is no channel", {}, { id: "agent:", channel: "agent:" }, "/data/scope"],
    ["shares that do not rise", { warnAt: 0.9, pauseAt: 0.5 }, {}, "/data"],
    ["a warning after the end", { warnAt: 2, pauseAt: null }, {}, "/data"],
  ])("%s is refused", (_what, data, more, path) => {
    expect(take(undefined, "budget_set", { limits: { costUsd: 5 }, ...data }, more)).toMatchObject({
      failed: "invalid_message",
      details: { path },
    });
  });
});

describe("§14.2 stages", () => {
  test("come in their order, each at its share and once", () => {
    const before = settled({ costUsd: 5, tokens: 1_000 });
    expect(dueStage(before, [3_999_999_999, 799, 0])).toBeUndefined();
    expect(dueStage(before, [4_000_000_000, 0, 0])).toBe("warned");
    expect(dueStage(before, [0, 800, 0])).toBe("warned");
    // All at once: one after the other.
    const warned = reached(before, "warned", dollars(100));
    expect(dueStage(warned, dollars(100))).toBe("paused");
    const paused = reached(warned, "paused", dollars(100));
    const cancelled = reached(paused, "cancelled", dollars(100));
    expect([stateOf(cancelled), holdingStage(cancelled), dueStage(cancelled, dollars(999))]).toEqual([
      "cancelled",
      "cancelled",
      undefined,
    ]);
    expect(sharesOf(before, [2_500_000_000, 10, 5])).toEqual({ costUsd: 0.5, tokens: 0.01 });
  });

  test("null is never", () => {
    const warned = reached(settled({ costUsd: 5 }, { pauseAt: null, cancelAt: 2 }), "warned", dollars(9));
    expect([dueStage(warned, dollars(9)), dueStage(warned, dollars(10))]).toEqual([undefined, "cancelled"]);
  });

  test("say what was used, of what, and keep the receipt", () => {
    const receipt = { at: 999_999, group: "budget.g", given: 2, commands: ["budget.g.1", "budget.g.2"] };
    const stepped = take(
      settled(),
      "budget_paused",
      { round: 1, ...receipt, secret: 1 },
      { ...gateway, counts: dollars(5.5) },
    );
    const used = { costUsd: 5.5, tokens: 0, seconds: 0 };
    expect(stepped).toEqual({
      did: "change",
      type: "budget_paused",
      data: { scope, used, limits: { costUsd: 5 }, share: 1, round: 1, ...receipt },
      next: { ...settled(), paused: { at: 999_999, used, round: 1, group: "budget.g", given: 2 } },
    });
  });

  test("are refused too early, twice, from anybody else, and for a setting that is not in force any more", () => {
    const warned = reached(settled(), "warned", dollars(4));
    const say = (before: Budget | undefined, stage: string, data: object, more: object) =>
      take(before, `budget_${stage}`, { round: 1, ...data }, { ...gateway, counts: dollars(4), ...more });
    expect(say(warned, "paused", {}, {})).toMatchObject({ failed: "wrong_state", details: { state: "warned" } });
    expect(say(warned, "warned", {}, {})).toMatchObject({ failed: "wrong_state", details: { state: "warned" } });
    expect(say(settled(), "warned", {}, { by: "user:ada" })).toMatchObject({ failed: "forbidden" });
    expect(say(settled(), "warned", { round: 0 }, {})).toMatchObject({ failed: "wrong_state", details: { round: 1 } });
    expect(say(undefined, "warned", {}, {})).toMatchObject({ failed: "not_found" });
    expect(say(settled({}), "warned", {}, {})).toMatchObject({ failed: "wrong_state" });
  });
});

describe("§14.1 usage", () => {
  const usage = { agentId: "a", costUsd: 0.1, inputTokens: 7, cachedInputTokens: 3, outputTokens: 2, seconds: 1.5 };

  test("counts for its agent, its session and the fleet: cached tokens are part of those read", () => {
    const amounts = [100_000_000, 9, 1_500_000];
    expect(usageAdditions("agent:a", { ...usage, sessionId: "s1" })).toEqual(
      ["agent:a", "session:s1", "global"].map((one) => ({ key: `budget/${one}`, amounts })),
    );
    expect(usageAdditions("agent:a", usage)?.map(({ key }) => key)).toEqual(["budget/agent:a", "budget/global"]);
    expect(usageAdditions("agent:a", { ...usage, sessionId: "not a name" })).toHaveLength(2);
    expect(usedIn(amounts)).toEqual({ costUsd: 0.1, tokens: 9, seconds: 1.5 });
  });

  test("counts nowhere outside its agent's channel, and where it is nothing", () => {
    expect(usageAdditions("agent:b", usage)).toBeUndefined();
    expect(usageAdditions("session:s1", { ...usage, sessionId: "s1" })).toBeUndefined();
    expect(usageAdditions("agent:a", { agentId: "a", model: "large-1" })).toBeUndefined();
    expect(usageAdditions("agent:undefined", null)).toBeUndefined();
  });

  test("ten times a tenth is one, and what is absurd stays a number", () => {
    const tenth = usageAdditions("agent:a", usage)?.[0]?.amounts[0] ?? 0;
    expect(usedIn([10 * tenth, 0, 0]).costUsd).toBe(1);
    const absurd = { agentId: "a", costUsd: 1e300, inputTokens: -5, seconds: Number.NaN };
    expect(usageAdditions("agent:a", absurd)?.[0]?.amounts).toEqual([Number.MAX_SAFE_INTEGER, 0, 0]);
  });
});
