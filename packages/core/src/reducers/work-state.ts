/** What a status means: the words that others use for what an agent, a session or a step does, in ours (§12.5). */

export type WorkState =
  | "unknown"
  | "queued"
  | "running"
  | "waiting_approval"
  | "waiting_input"
  | "waiting_auth"
  | "paused"
  | "idle"
  | "stuck"
  | "lost"
  | "done"
  | "failed"
  | "cancelled"
  | "rejected";

/** Theirs behind ours: A2A, OpenHands, command-line agents, AG-UI, GitHub Actions and older documents. */
const words: Readonly<Record<Exclude<WorkState, "unknown">, string>> = {
  queued: "submitted pending assigned requested starting",
  running: "busy active started working testing thinking in_progress turn_started run_started",
  waiting_approval:
    "waiting_for_confirmation awaiting_user_confirmation permission_request request_approval checkpoint",
  waiting_input: "input_required request_user_input blocked ask",
  waiting_auth: "auth_required",
  paused: "suspended",
  idle: "ready",
  stuck: "stalled hung timeout timed_out",
  lost: "offline disconnected gone dead",
  done: "stopped completed complete finished success succeeded passed turn_completed run_finished",
  failed: "error errored crashed killed failure turn_failed run_error",
  cancelled: "canceled aborted",
  rejected: "refused",
};

const meanings = new Map<string, WorkState>();
for (const [state, others] of Object.entries(words)) {
  for (const word of [state, ...others.split(" ")]) meanings.set(word, state as WorkState);
}

/** Statuses are their sender's own words; those that nobody knows are `unknown`, and stand in the state as they were said. */
export function workStateOf(said: string): WorkState {
  const word = said
    .trim()
    .toLowerCase()
    .replace(/[\s./-]+/g, "_");
  return meanings.get(word) ?? (/^(waiting|awaiting|needs)(_|$)/.test(word) ? "waiting_input" : "unknown");
}

/** It will not go on by itself until a person did something. */
export const isWaiting = (state: WorkState): boolean => state.startsWith("waiting_");
