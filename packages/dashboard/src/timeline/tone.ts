/** What a state means on a lane: one of the panel's colours, and a word that stands beside it. */
import { conditionOf, rankOf } from "../fleet/condition.ts";

export type Tone = "idle" | "run" | "wait" | "stop" | "done";

const ended: Readonly<Record<string, Tone>> = {
  approved: "done",
  denied: "stop",
  expired: "stop",
  killed: "stop",
  cancelled: "idle",
  withdrawn: "idle",
  delivered: "run",
  queued: "idle",
  started: "run",
  active: "run",
  red: "stop",
  green: "done",
  refactor: "run",
};

const toneAt = { "needs-you": "wait", running: "run", trouble: "stop", idle: "idle", done: "done" } as const;

export const toneOf = (state: string): Tone => ended[state] ?? toneAt[rankOf[conditionOf(state)]];
