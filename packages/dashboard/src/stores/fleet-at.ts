/** The fleet at a moment in the past: the states of its three patterns then. */
import type { Client } from "@signalbox/client";
import type { AgentState, ProcessState, SessionState } from "@signalbox/core/reducers";
import { Activity } from "../fleet/activity.ts";
import { agentItem, type FleetItem, processItem, sessionItem } from "../fleet/item.ts";
import type { FleetView } from "./fleet.ts";
import { statesAt, useAtMoment } from "./states-at.ts";

/** Undefined: now, and the live fleet is to be shown. */
export function useFleetAt(): FleetView | undefined {
  const past = useAtMoment(fleetAt);
  if (past === undefined) return undefined;
  const { value, error } = past;
  return value ?? (error === undefined ? loading : { ...loading, loading: false, error });
}

const loading: FleetView = {
  items: new Map(),
  loading: true,
  truncated: [],
  error: undefined,
  activity: new Activity(),
};

async function fleetAt(client: Client, at: number, signal: AbortSignal): Promise<FleetView> {
  const part = async <State>(pattern: string, item: (channel: string, state: State) => FleetItem) => {
    const { states, isCut } = await statesAt<State>(client, pattern, at, signal);
    return { items: [...states].map(([channel, state]) => item(channel, state)), cut: isCut ? [pattern] : [] };
  };
  const parts = await Promise.all([
    part<AgentState>("agent:*", agentItem),
    part<SessionState>("session:*", sessionItem),
    part<ProcessState>("process:*", processItem),
  ]);
  return {
    items: new Map(parts.flatMap(({ items }) => items.map((item) => [item.key, item] as const))),
    loading: false,
    truncated: parts.flatMap(({ cut }) => cut),
    error: undefined,
    activity: loading.activity,
  };
}
