/** An execution: where it stands, and what it waits for people to decide. */
import { foldCheckpoints, type OpenCheckpoint } from "./open-steps.ts";
import { Fields, idOf, type Reducer } from "./reducer.ts";

export interface ExecutionState {
  executionId: string;
  /** As it was said: queued, running, waiting_approval … */
  status: string;
  checkpoints: readonly OpenCheckpoint[];
  updatedAt: number;
}

export const executionReducer: Reducer<ExecutionState> = {
  name: "execution",
  version: 1,
  initial: (channel) => ({ executionId: idOf(channel), status: "unknown", checkpoints: [], updatedAt: 0 }),
  apply: (state, event) => {
    const checkpoints = foldCheckpoints(state.checkpoints, event);
    const status =
      event.type === "execution_update" ? (new Fields(event.data).text("status") ?? state.status) : state.status;
    if (checkpoints === state.checkpoints && event.type !== "execution_update") return state;
    return { ...state, checkpoints, status, updatedAt: event.timestamp };
  },
};
