/** The fleet at a moment in the past: the states of its three patterns then. */
import type { Client } from "@signalbox/client";
import type { AgentState, ProcessState, SessionState } from "@signalbox/core/reducers";
import { useEffect, useState } from "react";
import { Activity } from "../fleet/activity.ts";
import { agentItem, type FleetItem, processItem, sessionItem } from "../fleet/item.ts";
import { useClient } from "./client.tsx";
import type { FleetView } from "./fleet.ts";
import { useMoment } from "./moment.ts";

/** Channels of each pattern; more are not asked for. */
const most = 500;
/** The hand that scrubs comes to rest first: this is the dearest of all questions. */
const restMs = 150;

interface Answer {
  channels: Array<{ channel: string; snapshot?: { offset: number; state: unknown } }>;
  next?: string;
}

/** Undefined: now, and the live fleet is to be shown. */
export function useFleetAt(): FleetView | undefined {
  const client = useClient();
  const at = useMoment();
  const [view, setView] = useState<FleetView>();
  useEffect(() => {
    if (at === undefined) {
      setView(undefined);
      return undefined;
    }
    const gone = new AbortController();
    const timer = setTimeout(() => {
      fleetAt(client, at, gone.signal).then(setView, (error: unknown) => {
        if (!gone.signal.aborted) setView({ ...loading, loading: false, error: String(error) });
      });
    }, restMs);
    return () => {
      clearTimeout(timer);
      gone.abort();
    };
  }, [client, at]);
  return at === undefined ? undefined : (view ?? loading);
}

const loading: FleetView = {
  items: new Map(),
  loading: true,
  truncated: [],
  error: undefined,
  activity: new Activity(),
};

async function fleetAt(client: Client, at: number, signal: AbortSignal): Promise<FleetView> {
  const parts = await Promise.all([
    part(client, "agent:*", at, signal, (channel, state) => agentItem(channel, state as AgentState)),
    part(client, "session:*", at, signal, (channel, state) => sessionItem(channel, state as SessionState)),
    part(client, "process:*", at, signal, (channel, state) => processItem(channel, state as ProcessState)),
  ]);
  return {
    items: new Map(parts.flatMap(({ items }) => items.map((item) => [item.key, item] as const))),
    loading: false,
    truncated: parts.flatMap(({ cut }) => cut),
    error: undefined,
    activity: loading.activity,
  };
}

async function part(
  client: Client,
  pattern: string,
  at: number,
  signal: AbortSignal,
  row: (channel: string, state: unknown) => FleetItem,
): Promise<{ items: FleetItem[]; cut: string[] }> {
  const query = new URLSearchParams({ pattern, snapshot: "1", at: String(at), limit: String(most) });
  const { channels, next } = await client.request<Answer>(`/v1/channels?${query}`, { signal });
  const items = channels.flatMap(({ channel, snapshot }) =>
    snapshot === undefined || snapshot.offset === 0 ? [] : [row(channel, snapshot.state)],
  );
  return { items, cut: next === undefined ? [] : [pattern] };
}
