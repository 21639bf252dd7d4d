/** What is known of a whole fleet from the states of its channels, one by one. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Approvals, Fleet, type FleetMember } from "../../src/reducers/index.ts";

const usage = (costUsd: number) => ({ inputTokens: 1, cachedInputTokens: 0, outputTokens: 2, costUsd, seconds: 0 });
const agent = (status: string, statusSince: number, costUsd = 0): FleetMember => ({
  ...{ kind: "agent", status, statusSince, usage: usage(costUsd) },
});

describe("W10 the fleet in figures", () => {
  test("how many are in which state, who waits longest, what was used", () => {
    const fleet = new Fleet();
    fleet.upsert("agent:a", agent("busy", 1, 0.5));
    fleet.upsert("agent:b", agent("waiting_approval", 7, 0.25));
    fleet.upsert("session:s", { kind: "session", status: "waiting_input", statusSince: 5 });
    fleet.upsert("process:p", { kind: "process", status: "killed" });
    const figures = fleet.figures();
    expect(fleet.figures()).toBe(figures);
    expect(figures.counts.agent).toEqual(
      new Map([
        ["running", 1],
        ["waiting_approval", 1],
      ]),
    );
    expect(figures.counts.process).toEqual(new Map([["failed", 1]]));
    expect(figures).toMatchObject({ waiting: 2, oldestWaiting: { channel: "session:s", since: 5 } });
    expect(figures.usage).toMatchObject({ costUsd: 0.75, outputTokens: 4 });
    fleet.remove("session:s");
    fleet.remove("session:s");
    expect(fleet.figures()).toMatchObject({ waiting: 1, oldestWaiting: { channel: "agent:b" } });
    expect(fleet.size).toBe(3);
  });

  test("whatever came and went, the figures are those of what there is", () => {
    const states = fc.constantFrom("running", "waiting_approval", "waiting_input", "done", "odd");
    const step = fc.tuple(fc.nat(5), fc.option(fc.tuple(states, fc.nat(9)), { nil: undefined }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const fleet = new Fleet();
        const there = new Map<string, FleetMember>();
        for (const [n, to] of steps) {
          const channel = `agent:${n}`;
          if (to === undefined) {
            fleet.remove(channel);
            there.delete(channel);
          } else {
            fleet.upsert(channel, agent(to[0], to[1], to[1]));
            there.set(channel, agent(to[0], to[1], to[1]));
          }
        }
        const anew = new Fleet();
        for (const [channel, member] of there) anew.upsert(channel, member);
        const { oldestWaiting, ...figures } = fleet.figures();
        const { oldestWaiting: oldestAnew, ...figuresAnew } = anew.figures();
        expect(figures).toEqual(figuresAnew);
        expect(oldestWaiting?.since).toBe(oldestAnew?.since);
        expect(fleet.size).toBe(there.size);
      }),
    );
  });
});

describe("§11 what waits for people, over all channels", () => {
  const asked = (checkpointId: string, deadline: number | undefined, requestedAt = 1) => ({
    ...{ checkpointId, title: checkpointId, risk: undefined, requestedBy: "agent:a", payloadHash: "sha256:0" },
    ...{ deadline, requestedAt, needed: 1, approvedBy: [] },
  });
  const ids = (approvals: Approvals): string[] => approvals.open.map(({ checkpointId }) => checkpointId);

  test("the one whose deadline comes first is first, and what was decided is gone", () => {
    const approvals = new Approvals();
    approvals.upsert("execution:e", { checkpoints: [asked("c1", 30), asked("c2", undefined)] });
    approvals.upsert("agent:a", { checkpoints: [asked("c3", 10)] });
    approvals.upsert("process:p", {});
    expect(ids(approvals)).toEqual(["c3", "c1", "c2"]);
    expect(approvals.open[0]).toMatchObject({ channel: "agent:a" });
    approvals.upsert("execution:e", { checkpoints: [asked("c2", undefined)] });
    expect(ids(approvals)).toEqual(["c3", "c2"]);
    approvals.remove("agent:a");
    expect(ids(approvals)).toEqual(["c2"]);
  });

  test("the list is the same object until it is another", () => {
    const approvals = new Approvals();
    const state = { checkpoints: [asked("c1", 30)] };
    approvals.upsert("execution:e", state);
    const before = approvals.open;
    approvals.upsert("execution:e", state);
    approvals.upsert("agent:idle", { checkpoints: [] });
    approvals.remove("agent:unheard");
    expect(approvals.open).toBe(before);
  });

  test("in whatever order they came, they stand in one order", () => {
    const one = fc.record({ channel: fc.nat(4), deadline: fc.option(fc.nat(5), { nil: undefined }), at: fc.nat(3) });
    fc.assert(
      fc.property(fc.array(one, { maxLength: 30 }), fc.array(one, { maxLength: 30 }), (before, after) => {
        const give = (approvals: Approvals, some: typeof before): void => {
          const channels = new Map<number, ReturnType<typeof asked>[]>([0, 1, 2, 3, 4].map((n) => [n, []]));
          for (const [n, { channel, deadline, at }] of some.entries())
            channels.get(channel)?.push(asked(`c${n}`, deadline, at));
          for (const [n, checkpoints] of channels) approvals.upsert(`agent:${n}`, { checkpoints });
        };
        const used = new Approvals();
        give(used, before);
        give(used, after);
        const fresh = new Approvals();
        give(fresh, after);
        expect(used.open).toEqual(fresh.open);
        expect(used.open.map(({ deadline = 99 }) => deadline)).toEqual(
          used.open.map(({ deadline = 99 }) => deadline).toSorted((a, b) => a - b),
        );
      }),
    );
  });
});
