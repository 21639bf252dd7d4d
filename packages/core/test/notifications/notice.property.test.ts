/**
 * §15.2: whatever nodes do, die amid, and are told late: nobody is told too early, while they look, or of what is over; once, unless a
 * node died or hung while it told; and what was told is taken back.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { claimNotice, type Notice, type NoticeOutcome, planNotice, settleNotice } from "../../src/index.ts";

const dueMs = 30_000;
const claimMs = 60_000;
const nodes = 3;

type Deed =
  | { do: "pass"; ms: number }
  | { do: "run"; node: number; outcome: NoticeOutcome }
  | { do: "end"; node: number }
  | { do: "die"; node: number; arrived: boolean }
  | { do: "look" | "leave" | "close" };

const node = fc.nat(nodes - 1);
const outcome = fc.constantFrom<NoticeOutcome>("taken", "taken", "failed", "refused");
const deed: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("pass" as const),
      ms: fc.constantFrom(1, 1_999, 10_000, 29_999, 60_000, 1_800_000),
    }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("run" as const), node, outcome }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("end" as const), node }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("die" as const), node, arrived: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("look" as const, "leave" as const, "close" as const) }) },
);

interface Attempt {
  claimed: Notice;
  what: "send" | "withdraw";
  outcome: NoticeOutcome;
}

class World {
  nowMs = 0;
  isOpen = true;
  isLooking = false;
  /** As all nodes share it. */
  notice: Notice | undefined;
  readonly attempts = new Map<number, Attempt>();
  /** Which life a node lives: one that died comes back under another name. */
  readonly lives = Array.from({ length: nodes }, () => 0);
  /** A node died, or took longer than a claim lasts. */
  isTroubled = false;
  told: Array<"send" | "withdraw"> = [];
  tried: Array<"send" | "withdraw"> = [];

  nameOf = (at: number): string => `${at}.${this.lives[at]}`;

  run(at: number, outcome: NoticeOutcome): void {
    if (this.attempts.has(at)) return;
    const alive = this.lives.map((_life, one) => this.nameOf(one));
    const { nowMs, isOpen, isLooking } = this;
    const plan = planNotice(this.notice, { nowMs, dueMs, isOpen, isLooking, isAlive: (name) => alive.includes(name) });
    if (plan.do === "wait") {
      expect(plan.untilMs).toBeGreaterThan(nowMs);
      return;
    }
    if (plan.do === "forget") {
      this.notice = undefined;
      return;
    }
    if (plan.do === "send") {
      expect({ early: nowMs < dueMs, isOpen, isLooking }).toEqual({ early: false, isOpen: true, isLooking: false });
    } else {
      expect(isOpen).toBe(false);
      expect(this.tried).toContain("send");
    }
    // Nobody takes over from a node that is there, but for one that hangs.
    for (const { claimed } of this.attempts.values()) expect(nowMs - claimed.atMs).toBeGreaterThanOrEqual(claimMs);
    if (this.attempts.size > 0) this.isTroubled = true;
    this.tried.push(plan.do);
    this.notice = claimNotice(this.notice, plan.do, this.nameOf(at), nowMs);
    this.attempts.set(at, { claimed: this.notice, what: plan.do, outcome });
  }

  end(at: number): void {
    const attempt = this.attempts.get(at);
    if (attempt === undefined) return;
    this.attempts.delete(at);
    if (attempt.outcome === "taken") this.told.push(attempt.what);
    this.notice = settleNotice(this.notice, attempt.claimed, attempt.outcome, this.nowMs);
  }

  die(at: number, arrived: boolean): void {
    const attempt = this.attempts.get(at);
    this.attempts.delete(at);
    this.lives[at] = (this.lives[at] ?? 0) + 1;
    if (attempt === undefined) return;
    this.isTroubled = true;
    if (arrived) this.told.push(attempt.what);
  }
}

test("§15.2 one node tells, once, in time, and takes back what it told", () => {
  fc.assert(
    fc.property(fc.array(deed, { maxLength: 60 }), (deeds) => {
      const world = new World();
      for (const one of deeds) {
        if (one.do === "pass") world.nowMs += one.ms;
        else if (one.do === "run") world.run(one.node, one.outcome);
        else if (one.do === "end") world.end(one.node);
        else if (one.do === "die") world.die(one.node, one.arrived);
        else if (one.do === "close") world.isOpen = false;
        else world.isLooking = one.do === "look";
        if (!world.isTroubled) {
          expect(world.attempts.size).toBeLessThanOrEqual(1);
          expect(world.told.filter((what) => what === "send").length).toBeLessThanOrEqual(1);
        }
      }
      // Then it is over, and every attempt arrives.
      for (let at = 0; at < nodes; at++) world.end(at);
      world.isOpen = false;
      const wasTold = world.notice?.state === "sent";
      for (let times = 0; times < 8; times++) {
        world.nowMs += 3_600_000;
        world.run(0, "taken");
        world.end(0);
      }
      expect(world.notice).toBeUndefined();
      if (wasTold) expect(world.told.at(-1)).toBe("withdraw");
    }),
    { numRuns: 500 },
  );
});
