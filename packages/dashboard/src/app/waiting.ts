/** How many wait for a person, at each place that says so. */
import { useEffect } from "react";
import { alertCount, approvalCount, waitingCount } from "../components/page.tsx";
import { useClient } from "../stores/client.tsx";
import { fleetOf } from "../stores/fleet.ts";
import { useReadable } from "../stores/use-readable.ts";
import type { Place } from "./places.tsx";

export type WaitingAt = Readonly<Partial<Record<Place["to"], number>>>;

export function useWaitingAt(): WaitingAt {
  const { items } = useReadable(fleetOf(useClient()));
  const approvals = useReadable(approvalCount);
  const alerts = useReadable(alertCount);
  let [all, agents, sessions] = [0, 0, 0];
  for (const { condition, kind } of items.values()) {
    if (condition !== "waiting") continue;
    all++;
    if (kind === "agent") agents++;
    if (kind === "session") sessions++;
  }
  useEffect(() => waitingCount.set(all), [all]);
  return { "/": all, "/approvals": approvals, "/alerts": alerts, "/agents": agents, "/sessions": sessions };
}
