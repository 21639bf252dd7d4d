/**
 * Allowances of all nodes together. Each node decides at once by what it knows itself; beside that it reports what was used of the
 * allowances that are used much, in batches, and refuses while all nodes together used more. So over all nodes there pass in any
 * `t` seconds at most `burst + rate · t · (1 + nodes / 64)`, and what each node let through before it was answered: by its own
 * limit at most `burst + rate · (100 ms + the answer's time)`.
 */
import type { RateTake, RateTaken } from "../broker.ts";
import type { Done } from "../hub-ports.ts";
import { hasFailed } from "../hub-ports.ts";
import type { Rate } from "./gcra.ts";

export interface SharedUsesPorts {
  /** Takes of the allowances that all nodes share; answers in order. */
  take(takes: readonly RateTake[], done: Done<{ taken: readonly RateTaken[] }>): void;
  after(ms: number, run: () => void): void;
  /** Milliseconds of a clock that nobody sets. */
  steadyMs(): number;
}

interface Debt {
  readonly key: string;
  readonly rate: Rate;
  /** Used and not reported. */
  owed: number;
  /** Reported and not answered. */
  asked: number;
  /** `owed` was counted then. */
  atMs: number;
  /** All nodes together used too much: not before then, and not while anything is owed. */
  untilMs: number | undefined;
  /** So many are reported at once. */
  most: number;
}

const reportEveryMs = 100;
/** A key that owes so much is reported without waiting. */
const reportedAtOnce = 64;
/** Who owes less is not worth a report. */
const worthReporting = 2;
/** Of its rate each node has this to itself: whoever uses less is never reported. */
const ownShare = 1 / 64;
/** Uses are reported late: what came back meanwhile must not be lost to whoever uses all of it. */
const slackMs = 250;
/** Without an answer each node goes on by its own limit, and reports again after so long. */
const awayMs = 1_000;
const forgottenEveryMs = 10_000;

export class SharedUses {
  readonly #ports: SharedUsesPorts;
  readonly #debts = new Map<string, Debt>();
  readonly #due = new Set<Debt>();
  /** When reports go out next. */
  #reportMs = Number.POSITIVE_INFINITY;
  #awayUntilMs = Number.NEGATIVE_INFINITY;
  #isForgetting = false;

  constructor(ports: SharedUsesPorts) {
    this.#ports = ports;
  }

  get size(): number {
    return this.#debts.size;
  }

  /** Milliseconds for which all nodes together have used too much of it; 0 if they have not. */
  wait(key: string, nowMs: number): number {
    const untilMs = this.#debts.get(key)?.untilMs;
    return untilMs === undefined ? 0 : Math.max(1, untilMs - nowMs);
  }

  used(key: string, rate: Rate, cost: number, nowMs: number): void {
    let debt = this.#debts.get(key);
    if (debt === undefined) {
      const most = Math.max(1, Math.floor(rate.burst / 2));
      debt = { key, rate, owed: 0, asked: 0, atMs: nowMs, untilMs: undefined, most };
      this.#debts.set(key, debt);
      this.#forgetLater();
    }
    this.#drain(debt, nowMs);
    debt.owed += cost;
    if (debt.owed < worthReporting) return;
    this.#due.add(debt);
    this.#reportIn(debt.owed >= reportedAtOnce ? 0 : reportEveryMs, nowMs);
  }

  #drain(debt: Debt, nowMs: number): void {
    const own = ((nowMs - debt.atMs) / 1_000) * debt.rate.perSecond * ownShare;
    debt.owed = Math.max(0, debt.owed - Math.max(0, own));
    debt.atMs = nowMs;
  }

  #reportIn(ms: number, nowMs: number): void {
    const dueMs = Math.max(nowMs + ms, this.#awayUntilMs);
    if (dueMs >= this.#reportMs) return;
    this.#reportMs = dueMs;
    this.#ports.after(dueMs - nowMs, () => {
      if (this.#reportMs !== dueMs) return;
      this.#reportMs = Number.POSITIVE_INFINITY;
      this.#report();
    });
  }

  #report(): void {
    const now = this.#ports.steadyMs();
    const debts: Debt[] = [];
    const takes: RateTake[] = [];
    for (const debt of this.#due) {
      const { key, rate, asked, untilMs = now } = debt;
      if (asked > 0 || untilMs > now) continue;
      this.#due.delete(debt);
      const count = Math.min(Math.floor(debt.owed), debt.most);
      if (count < 1) {
        debt.untilMs = undefined;
        continue;
      }
      debt.owed -= count;
      debt.asked = count;
      debts.push(debt);
      const burst = rate.burst + (rate.perSecond * slackMs) / 1_000;
      takes.push({ key, perSecond: rate.perSecond, burst, count });
    }
    if (takes.length === 0) return;
    this.#ports.take(takes, (answer) => {
      if (hasFailed(answer)) this.#unanswered(debts);
      else for (const [i, debt] of debts.entries()) this.#answered(debt, answer.taken[i]?.waitMs ?? 0);
    });
  }

  #answered(debt: Debt, waitMs: number): void {
    const now = this.#ports.steadyMs();
    const { asked } = debt;
    debt.asked = 0;
    this.#drain(debt, now);
    if (waitMs > 0) {
      debt.owed += asked;
      debt.untilMs = now + Math.min(waitMs, awayMs);
      // Less may fit sooner.
      debt.most = Math.max(1, Math.ceil(asked / 2));
      this.#due.add(debt);
      this.#reportIn(debt.untilMs - now, now);
      return;
    }
    debt.most = Math.min(Math.max(1, Math.floor(debt.rate.burst / 2)), debt.most * 2);
    if (debt.owed < worthReporting) debt.untilMs = undefined;
    else {
      if (debt.untilMs !== undefined) debt.untilMs = now;
      this.#due.add(debt);
      this.#reportIn(debt.owed >= reportedAtOnce || debt.untilMs !== undefined ? 0 : reportEveryMs, now);
    }
  }

  /** Nobody can say what all nodes used: each has its own limit. */
  #unanswered(debts: readonly Debt[]): void {
    this.#awayUntilMs = this.#ports.steadyMs() + awayMs;
    for (const debt of [...debts, ...this.#due]) Object.assign(debt, { owed: 0, asked: 0, untilMs: undefined });
    this.#due.clear();
  }

  #forgetLater(): void {
    if (this.#isForgetting) return;
    this.#isForgetting = true;
    this.#ports.after(forgottenEveryMs, () => {
      this.#isForgetting = false;
      const now = this.#ports.steadyMs();
      for (const [key, debt] of this.#debts) {
        if (debt.asked > 0 || this.#due.has(debt)) continue;
        this.#drain(debt, now);
        if (debt.owed < 1) this.#debts.delete(key);
      }
      if (this.#debts.size > 0) this.#forgetLater();
    });
  }
}
