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
  queued: "submitted pending assigned requested",
  running: "busy active started starting working testing thinking resumed in_progress turn_started run_started",
  waiting_approval: "waiting_for_confirmation awaiting_user_confirmation permission_request request_approval",
  waiting_input: "input_required awaiting_user_input request_user_input needs_input waiting",
  waiting_auth: "auth_required",
  paused: "suspended",
  idle: "ready",
  stuck: "stalled hung",
  lost: "offline disconnected",
  done: "stopped completed complete finished success succeeded turn_completed run_finished",
  failed: "error errored crashed killed failure timed_out turn_failed run_error",
  cancelled: "canceled aborted",
  rejected: "refused",
};

const meanings = new Map<string, WorkState>();
for (const [state, others] of Object.entries(words)) {
  for (const word of [state, ...others.split(" ")]) meanings.set(word, state as WorkState);
}

/** `unknown` for words that nobody knows; they stand in the state as they were said. */
export const workStateOf = (said: string): WorkState =>
  meanings.get(
    said
      .trim()
      .replace(/[\s./-]+/g, "_")
      .toLowerCase(),
  ) ?? "unknown";

/** It will not go on by itself until a person did something. */
export const isWaiting = (state: WorkState): boolean => state.startsWith("waiting_");
