/**
 * One thing that somebody is told of, at one place (§15): when it is sent, that it is sent once, and taken back when it is over.
 * What was done is kept where all nodes see it, so that one of them sends, and another goes on where that one is gone.
 */

export const matters = ["needs_you", "trouble"] as const;
export type Matter = (typeof matters)[number];

/** Absent: nothing was done about it yet. */
export interface Notice {
  /** claimed: a node is sending it. waiting: until its time comes. sent: it was taken, and stands. given_up: it is not tried again. */
  readonly state: "claimed" | "waiting" | "sent" | "given_up";
  /** Which node claimed it. */
  readonly by?: string;
  /** When it became as it is; milliseconds since 1970, as all times here. */
  readonly atMs: number;
  /** Of waiting: not before. */
  readonly dueMs: number;
  /** Attempts so far to say it, or with `over` to take it back. */
  readonly tries: number;
  /** It was sent, and what is to be said now is that it is over. */
  readonly over?: true;
}

export interface NoticeFacts {
  readonly nowMs: number;
  /** Not before. */
  readonly dueMs: number;
  /** It still waits for somebody. */
  readonly isOpen: boolean;
  /** Who would be told sees it already. */
  readonly isLooking: boolean;
  /** Is the node there that claimed it? */
  isAlive(node: string): boolean;
}

/** Milliseconds after each failed attempt; after the last of them it is given up. */
const backoffMs: readonly number[] = [2_000, 10_000, 60_000, 300_000, 1_800_000];
/** Whoever claimed it and has not said for so long what came of it has died, or hangs. */
const claimMs = 60_000;
/** Who looks may stop looking. */
const lookAgainMs = 2_000;

export type Plan = { do: "send" | "withdraw" | "forget" } | { do: "wait"; untilMs: number };

const wait = (untilMs: number): Plan => ({ do: "wait", untilMs });
const never = wait(Number.POSITIVE_INFINITY);

export function planNotice(notice: Notice | undefined, facts: NoticeFacts): Plan {
  const { nowMs, isOpen, isAlive } = facts;
  switch (notice?.state) {
    case undefined:
      return isOpen ? sendWhenDue(facts.dueMs, facts) : { do: "forget" };
    case "claimed": {
      const endMs = notice.atMs + claimMs;
      if (isAlive(notice.by ?? "") && nowMs < endMs) return wait(endMs);
      // It may have been taken before that node died: whoever got it gets it again under the same id, or hears that it is over.
      return notice.over === true || !isOpen ? { do: "withdraw" } : { do: "send" };
    }
    case "waiting":
      if (notice.over === true) return nowMs < notice.dueMs ? wait(notice.dueMs) : { do: "withdraw" };
      return isOpen ? sendWhenDue(notice.dueMs, facts) : { do: "forget" };
    case "sent":
      return isOpen ? never : { do: "withdraw" };
    case "given_up":
      return isOpen ? never : { do: "forget" };
  }
}

const sendWhenDue = (dueMs: number, { nowMs, isLooking }: NoticeFacts): Plan => {
  if (nowMs < dueMs) return wait(dueMs);
  return isLooking ? wait(nowMs + lookAgainMs) : { do: "send" };
};

/** As it is while a node sends it, or takes it back. */
export function claimNotice(before: Notice | undefined, what: "send" | "withdraw", by: string, nowMs: number): Notice {
  const isOver = what === "withdraw";
  const tries = before === undefined || (isOver && before.over !== true) ? 0 : before.tries;
  return { state: "claimed", by, atMs: nowMs, dueMs: nowMs, tries: tries + 1, ...(isOver ? { over: true } : {}) };
}

/** taken: it arrived. failed: it may arrive another time. refused: it never will. */
export type NoticeOutcome = "taken" | "failed" | "refused";

/** What stays of it; `undefined`: nothing. `claimed`: by whom it was done; another has it now who took over from a node that hung. */
export function settleNotice(
  kept: Notice | undefined,
  claimed: Notice,
  outcome: NoticeOutcome,
  nowMs: number,
): Notice | undefined {
  if (kept?.state !== "claimed" || kept.by !== claimed.by || kept.atMs !== claimed.atMs) return kept;
  const { tries, over } = claimed;
  const pauseMs = backoffMs[tries - 1];
  if (outcome === "failed" && pauseMs !== undefined) {
    const dueMs = nowMs + pauseMs;
    return { state: "waiting", atMs: nowMs, dueMs, tries, ...(over === true ? { over } : {}) };
  }
  if (over === true) return undefined;
  return { state: outcome === "taken" ? "sent" : "given_up", atMs: nowMs, dueMs: nowMs, tries };
}
