/** How the work goes: sessions, decisions and commands in figures. */
import type { SessionState } from "@signalbox/core/reducers";

/** As GET /v1/checkpoints tells them. */
export interface CheckpointRow {
  state: string;
  requestedAt: number;
  decidedAt?: number;
}

export interface CommandRow {
  state: string;
}

export interface Spread {
  count: number;
  /** Milliseconds; undefined: there is nothing to measure. */
  half: number | undefined;
  most: number | undefined;
}

/** Half took less than `half`, 95 % less than `most`. */
export function spreadOf(ms: readonly number[]): Spread {
  const sorted = ms.filter((one) => one >= 0).sort((a, b) => a - b);
  const at = (share: number): number | undefined => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  return { count: sorted.length, half: at(0.5), most: at(0.95) };
}

export interface SessionFigures {
  running: number;
  ended: number;
  /** Of those that say when they began and ended. */
  took: Spread;
  /** Ended ones that do not say both. */
  untimed: number;
}

export function sessionFigures(
  states: Iterable<Pick<SessionState, "startedAt" | "stoppedAt" | "work">>,
): SessionFigures {
  const over = new Set(["done", "failed", "cancelled", "rejected"]);
  let running = 0;
  let ended = 0;
  const took: number[] = [];
  for (const { startedAt, stoppedAt, work } of states) {
    if (!over.has(work) && !stoppedAt) {
      running++;
      continue;
    }
    ended++;
    if (startedAt && stoppedAt) took.push(stoppedAt - startedAt);
  }
  return { running, ended, took: spreadOf(took), untimed: ended - took.length };
}

export interface ApprovalFigures {
  open: number;
  /** When the one that waits longest was asked for. */
  oldestAt: number | undefined;
  decided: Spread;
  expired: number;
  withdrawn: number;
}

export function approvalFigures(rows: readonly CheckpointRow[]): ApprovalFigures {
  const open = rows.filter(({ state }) => state === "open");
  const decided = rows.filter(({ state }) => state === "decided");
  return {
    open: open.length,
    oldestAt: open.length === 0 ? undefined : Math.min(...open.map(({ requestedAt }) => requestedAt)),
    decided: spreadOf(decided.map(({ requestedAt, decidedAt }) => (decidedAt ?? requestedAt) - requestedAt)),
    expired: rows.filter(({ state }) => state === "expired").length,
    withdrawn: rows.filter(({ state }) => state === "withdrawn").length,
  };
}

const commandStates = ["queued", "delivered", "started", "done", "failed", "expired", "cancelled"];

/** By state, in the order of a command's life. */
export function commandCounts(rows: readonly CommandRow[]): Array<[state: string, count: number]> {
  const counts = new Map<string, number>(commandStates.map((state) => [state, 0]));
  for (const { state } of rows) counts.set(state, (counts.get(state) ?? 0) + 1);
  return [...counts].filter(([, count]) => count > 0);
}
