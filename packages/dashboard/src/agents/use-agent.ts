import { type AgentState, agentReducer } from "@signalbox/core/reducers";
import { useMemo } from "react";
import { useClient } from "../stores/client.tsx";
import { useReadable } from "../stores/use-readable.ts";

export interface AgentNow {
  state: AgentState;
  /** Nothing came yet. */
  loading: boolean;
  error: string | undefined;
}

/** The state that the agent's page shows: the one place where it comes from. */
export function useAgent(channel: string): AgentNow {
  const client = useClient();
  const { state, status, error } = useReadable(useMemo(() => client.channel(channel, agentReducer), [client, channel]));
  return { state, loading: status === "subscribing" || status === "offline", error: error?.message };
}
