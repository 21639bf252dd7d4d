/** What a status word means to a person who looks at the panel. */
import { type WorkState, workStateOf } from "@signalbox/core/reducers";

/** Each has a lamp of its own: a shape, an icon, a colour and a word. */
export type Condition = "waiting" | "running" | "stuck" | "lost" | "failed" | "idle" | "paused" | "done" | "unknown";

/** How far forward a condition stands. */
export type Rank = "needs-you" | "running" | "trouble" | "idle" | "done";

export const ranks: readonly Rank[] = ["needs-you", "running", "trouble", "idle", "done"];

export const rankOf: Readonly<Record<Condition, Rank>> = {
  waiting: "needs-you",
  running: "running",
  stuck: "trouble",
  lost: "trouble",
  failed: "trouble",
  idle: "idle",
  paused: "idle",
  unknown: "idle",
  done: "done",
};

export const conditionWord: Readonly<Record<Condition, string>> = {
  waiting: "Needs you",
  running: "Running",
  stuck: "Stuck",
  lost: "Lost",
  failed: "Failed",
  idle: "Idle",
  paused: "Paused",
  done: "Done",
  unknown: "Unknown",
};

/** In the order of the panel. */
export const conditions: readonly Condition[] = [
  ...(["waiting", "running", "stuck", "lost", "failed"] as const),
  ...(["idle", "paused", "unknown", "done"] as const),
];

const conditionAt: Readonly<Record<WorkState, Condition>> = {
  waiting_approval: "waiting",
  waiting_input: "waiting",
  waiting_auth: "waiting",
  running: "running",
  stuck: "stuck",
  lost: "lost",
  failed: "failed",
  rejected: "failed",
  idle: "idle",
  queued: "idle",
  paused: "paused",
  done: "done",
  cancelled: "done",
  unknown: "unknown",
};

/** Statuses are the agent's own words; those nobody knows are shown as they are, under "unknown". */
export const conditionOf = (status: string): Condition => conditionAt[workStateOf(status)];

/** `waiting_approval` → `Waiting approval`. */
export function spoken(status: string): string {
  const words = status.trim().replace(/[_\s-]+/g, " ");
  return words === "" ? conditionWord.unknown : words.charAt(0).toUpperCase() + words.slice(1);
}
