/** The alerts of the tenant, as they are. */
import type { Client } from "@signalbox/client";
import { states } from "@signalbox/client/states";
import { type AlertsState, alertsShape } from "@signalbox/core/reducers";
import { useClient } from "../stores/client.tsx";
import { paced } from "../stores/readable.ts";
import { useReadable } from "../stores/use-readable.ts";

const channel = "alerts";
const renewedEveryMs = 250;

const stores = new WeakMap<Client, ReturnType<typeof make>>();
const make = (client: Client) => paced(states<AlertsState>(client, channel, { reducer: alertsShape }), renewedEveryMs);

export interface AlertsView {
  rows: AlertsState["alerts"]["items"];
  /** Older ones that are not kept any more. */
  cut: number;
  loading: boolean;
  error: { name: string; message: string } | undefined;
}

const none: AlertsView["rows"] = [];

export function useAlerts(): AlertsView {
  const client = useClient();
  const store = stores.get(client) ?? make(client);
  stores.set(client, store);
  const { channels, status, error } = useReadable(store);
  const alerts = channels.get(channel)?.alerts;
  return {
    rows: alerts?.items ?? none,
    cut: alerts?.cut ?? 0,
    loading: status !== "live" && status !== "refused",
    error,
  };
}
