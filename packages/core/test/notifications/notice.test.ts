import { describe, expect, test } from "vitest";
import {
  Agenda,
  claimNotice,
  type Notice,
  newStanding,
  noteDelivery,
  planNotice,
  resumed,
  settleNotice,
} from "../../src/index.ts";

const facts = { nowMs: 100_000, dueMs: 90_000, isOpen: true, isLooking: false, isAlive: () => true };
const sent: Notice = { state: "sent", atMs: 95_000, dueMs: 95_000, tries: 1 };
const claimed: Notice = { state: "claimed", by: "a", atMs: 99_000, dueMs: 99_000, tries: 1 };
const waiting: Notice = { state: "waiting", atMs: 99_000, dueMs: 101_000, tries: 1 };

describe("§15.2 what is done about one thing for one endpoint", () => {
  const never = { do: "wait", untilMs: Number.POSITIVE_INFINITY };
  test.each<[string, Notice | undefined, Partial<typeof facts>, object]>([
    ["nothing before the delay is over", undefined, { dueMs: 130_000 }, { do: "wait", untilMs: 130_000 }],
    ["it is sent then", undefined, {}, { do: "send" }],
    ["not while they look: it is looked at again", undefined, { isLooking: true }, { do: "wait", untilMs: 102_000 }],
    ["what was decided within the delay is forgotten", undefined, { isOpen: false }, { do: "forget" }],
    ["another node sends it", claimed, {}, { do: "wait", untilMs: 159_000 }],
    ["that node is gone", claimed, { isAlive: () => false }, { do: "send" }],
    ["that node hangs", claimed, { nowMs: 159_000 }, { do: "send" }],
    [
      "that node is gone, and it is over: it may have been told",
      claimed,
      { isAlive: () => false, isOpen: false },
      { do: "withdraw" },
    ],
    ["a retry waits for its time", waiting, {}, { do: "wait", untilMs: 101_000 }],
    ["a retry is made", waiting, { nowMs: 101_000 }, { do: "send" }],
    ["a retry of what is over is not", waiting, { isOpen: false }, { do: "forget" }],
    ["what was told stands", sent, {}, never],
    ["what was told is taken back", sent, { isOpen: false }, { do: "withdraw" }],
    ["a taking back is tried again", { ...waiting, over: true }, { nowMs: 101_000, isOpen: false }, { do: "withdraw" }],
    ["what was given up stands", { ...sent, state: "given_up" }, {}, never],
    [
      "what was given up is forgotten when it is over",
      { ...sent, state: "given_up" },
      { isOpen: false },
      { do: "forget" },
    ],
  ])("%s", (_what, notice, more, plan) => {
    expect(planNotice(notice, { ...facts, ...more })).toEqual(plan);
  });

  test("five retries, further and further apart, then it is given up", () => {
    let notice: Notice | undefined;
    const pauses: number[] = [];
    for (let nowMs = 0; notice?.state !== "given_up"; ) {
      const tried: Notice = claimNotice(notice, "send", "a", nowMs);
      notice = settleNotice(tried, tried, "failed", nowMs);
      if (notice?.state !== "waiting") continue;
      pauses.push(notice.dueMs - nowMs);
      nowMs = notice.dueMs;
    }
    expect(pauses).toEqual([2_000, 10_000, 60_000, 300_000, 1_800_000]);
    expect(notice.tries).toBe(6);
  });

  test("taking back has tries of its own, and leaves nothing", () => {
    const back = claimNotice({ ...sent, tries: 6 }, "withdraw", "a", 1);
    expect(back).toMatchObject({ state: "claimed", tries: 1, over: true });
    expect(settleNotice(back, back, "failed", 1)).toMatchObject({ state: "waiting", over: true, dueMs: 2_001 });
    expect(settleNotice(back, back, "taken", 1)).toBeUndefined();
    expect(settleNotice(back, back, "refused", 1)).toBeUndefined();
  });

  test("what a node says that hung too long counts no more", () => {
    const later = claimNotice(claimed, "send", "b", 160_000);
    expect(settleNotice(later, claimed, "failed", 160_001)).toBe(later);
    expect(settleNotice(undefined, claimed, "taken", 160_001)).toBeUndefined();
  });
});

test("§15.6 twenty failures in a row disable an endpoint, one that is gone at once; the last 20 deliveries are kept", () => {
  const failed = { id: "n", what: "opened", atMs: 1, tookMs: 1, status: 500, error: "answered 500" } as const;
  let standing = newStanding;
  for (let times = 0; times < 19; times++) standing = noteDelivery(standing, failed, false);
  expect(standing.disabled).toBeUndefined();
  expect(noteDelivery(standing, { id: "n", what: "opened", atMs: 7, tookMs: 1 }, false)).toMatchObject({
    failures: 0,
    lastSentMs: 7,
  });
  for (let times = 0; times < 9; times++) standing = noteDelivery(standing, failed, false);
  expect(standing.deliveries).toHaveLength(20);
  expect(standing.disabled).toBe("28 deliveries in a row failed, the last: answered 500");
  expect(resumed(standing)).toMatchObject({ failures: 0 });
  expect(resumed(standing).disabled).toBeUndefined();
  expect(noteDelivery(newStanding, { ...failed, error: "answered 410" }, true).disabled).toBe(
    "it is gone: answered 410",
  );
});

test("the agenda gives what is due, the first first, has a limit, and hastens what is over", () => {
  const agenda = new Agenda(3);
  expect(agenda.note({ about: "a", to: "1" }, 30)).toBe(true);
  expect(agenda.note({ about: "a", to: "2" }, 10)).toBe(true);
  expect(agenda.note({ about: "b", to: "1" }, 20)).toBe(true);
  expect(agenda.note({ about: "c", to: "1" }, 0)).toBe(false);
  expect(agenda.note({ about: "b", to: "1" }, 5)).toBe(true);
  expect(agenda.take(20, 1)).toEqual([{ about: "b", to: "1" }]);
  expect(agenda.take(20, 9)).toEqual([{ about: "a", to: "2" }]);
  expect(agenda.take(20, 9)).toEqual([]);
  agenda.hasten("a", 20);
  expect(agenda.take(20, 9)).toEqual([{ about: "a", to: "1" }]);
  expect(agenda.size).toBe(0);
});
