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
import { agentItem, type FleetItem, processItem, sessionItem } from "../fleet/item.ts";
import { paced } from "./readable.ts";

export interface FleetView {
  items: ReadonlyMap<string, FleetItem>;
  /** The first answer has not come yet. */
  loading: boolean;
  /** Channels beyond what the gateway sends to one pattern exist. */
  truncated: boolean;
  error: string | undefined;
}

/** People do not read faster; thousands of lines a second must not mean thousands of renders. */
const renewedEveryMs = 200;

const fleets = new WeakMap<Client, Readable<FleetView>>();

export function fleetOf(client: Client): Readable<FleetView> {
  const known = fleets.get(client);
  if (known) return known;
  const parts = [
    part<AgentState>(client, "agent:*", agentShape, agentItem),
    part<SessionState>(client, "session:*", sessionShape, sessionItem),
    part<ProcessState>(client, "process:*", processShape, processItem),
  ];
  let last: FleetView[] = [];
  let view: FleetView = { items: new Map(), loading: true, truncated: false, error: undefined };
  const whole: Readable<FleetView> = {
    snapshot: () => {
      const now = parts.map((one) => one.snapshot());
      if (now.some((one, at) => one !== last[at])) {
        last = now;
        view = joined(now);
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

/** One pattern's states as rows; a row is made again only when its state changed. */
function part<State extends object>(
  client: Client,
  pattern: string,
  reducer: { readonly name: string; readonly version: number },
  row: (channel: string, state: State) => FleetItem,
): Readable<FleetView> {
  // Thousands of lines a second cost as much as the few states that they change.
  const source = states<State>(client, pattern, { reducer });
  const made = new WeakMap<State, FleetItem>();
  let from: PatternView<State> | undefined;
  let view: FleetView | undefined;
  const rowOf = (channel: string, state: State): FleetItem => {
    const known = made.get(state);
    if (known) return known;
    const item = row(channel, state);
    made.set(state, item);
    return item;
  };
  return {
    snapshot: () => {
      const now = source.snapshot();
      if (view && now === from) return view;
      from = now;
      const items = new Map([...now.channels].map(([channel, state]) => [channel, rowOf(channel, state)]));
      const loading = items.size === 0 && (now.status === "offline" || now.status === "subscribing");
      view = { items, loading, truncated: now.truncated, error: now.error?.message };
      return view;
    },
    subscribe: source.subscribe,
  };
}

const joined = (parts: readonly FleetView[]): FleetView => ({
  items: new Map(parts.flatMap((one) => [...one.items])),
  loading: parts.some((one) => one.loading),
  truncated: parts.some((one) => one.truncated),
  error: parts.find((one) => one.error !== undefined)?.error,
});
