/** Everything that is known of the fleet: the states of three patterns, folded by the gateway. */
import type { Client, PatternView, Readable } from "@signalbox/client";
import { states } from "@signalbox/client/states";
import {
  type AgentState,
  agentShape,
  type ProcessState,
  processShape,
  type SessionState,
  sessionShape,
} from "@signalbox/core/reducers";
import { Activity } from "../fleet/activity.ts";
import { agentItem, type FleetItem, processItem, sessionItem } from "../fleet/item.ts";
import { paced } from "./readable.ts";

export interface FleetView {
  items: ReadonlyMap<string, FleetItem>;
  /** The first answer has not come yet. */
  loading: boolean;
  /** Patterns with more channels than the gateway sends to one view. */
  truncated: readonly string[];
  error: string | undefined;
  /** How busy each row was since the page was opened. */
  activity: Activity;
}

/** People do not read faster; thousands of lines a second must not mean thousands of renders. */
const renewedEveryMs = 200;

const fleets = new WeakMap<Client, Readable<FleetView>>();

export function fleetOf(client: Client): Readable<FleetView> {
  const known = fleets.get(client);
  if (known) return known;
  const activity = new Activity();
  const parts = [
    part<AgentState>(client, "agent:*", agentShape, agentItem, activity),
    part<SessionState>(client, "session:*", sessionShape, sessionItem, activity),
    part<ProcessState>(client, "process:*", processShape, processItem, activity),
  ];
  let last: Part[] = [];
  let view: FleetView = { items: new Map(), loading: true, truncated: [], error: undefined, activity };
  const whole: Readable<FleetView> = {
    snapshot: () => {
      const now = parts.map((one) => one.snapshot());
      if (now.some((one, at) => one !== last[at])) {
        last = now;
        view = { ...joined(now), activity };
      }
      return view;
    },
    subscribe: (listener) => {
      const stops = parts.map((one) => one.subscribe(listener));
      return () => {
        for (const stop of stops) stop();
      };
    },
  };
  const fleet = paced(whole, renewedEveryMs);
  fleets.set(client, fleet);
  return fleet;
}

type Part = Omit<FleetView, "activity">;

/** One pattern's states as rows; a row is made again only when its state changed. */
function part<State extends object>(
  client: Client,
  pattern: string,
  reducer: { readonly name: string; readonly version: number },
  row: (channel: string, state: State) => FleetItem,
  activity: Activity,
): Readable<Part> {
  // Thousands of lines a second cost as much as the few states that they change.
  const source = states<State>(client, pattern, { reducer });
  const made = new WeakMap<State, FleetItem>();
  let from: PatternView<State> | undefined;
  let view: Part | undefined;
  const rowOf = (channel: string, state: State): FleetItem => {
    const known = made.get(state);
    if (known) return known;
    const item = row(channel, state);
    made.set(state, item);
    activity.note(channel, Date.now());
    return item;
  };
  return {
    snapshot: () => {
      const now = source.snapshot();
      if (view && now === from) return view;
      from = now;
      const items = new Map([...now.channels].map(([channel, state]) => [channel, rowOf(channel, state)]));
      for (const key of view?.items.keys() ?? []) if (!items.has(key)) activity.forget(key);
      const loading = items.size === 0 && (now.status === "offline" || now.status === "subscribing");
      view = { items, loading, truncated: now.truncated ? [pattern] : [], error: now.error?.message };
      return view;
    },
    subscribe: source.subscribe,
  };
}

const joined = (parts: readonly Part[]): Part => ({
  items: new Map(parts.flatMap((one) => [...one.items])),
  loading: parts.some((one) => one.loading),
  truncated: parts.flatMap((one) => one.truncated),
  error: parts.find((one) => one.error !== undefined)?.error,
});
