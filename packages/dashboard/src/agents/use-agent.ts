import { type AgentState, agentReducer } from "@signalbox/core/reducers";
import { useStateAt } from "../stores/state-at.ts";

export interface AgentNow {
  state: AgentState;
  /** Nothing came yet. */
  loading: boolean;
  error: string | undefined;
}

/** The state that the agent's page shows, now or at the moment that is looked at: the one place where it comes from. */
export function useAgent(channel: string): AgentNow {
  const { state, status, error } = useStateAt(channel, agentReducer);
  return { state, loading: status === "loading", error };
}
