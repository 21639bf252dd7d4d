/** Where the list of processes gets what it shows. */
import { states } from "@signalbox/client/states";
import { type ProcessState, processShape } from "@signalbox/core/reducers";
import { useMemo } from "react";
import { withSilence } from "../fleet/item.ts";
import { useClient } from "../stores/client.tsx";
import { useNow } from "../stores/clock.ts";
import { paced } from "../stores/readable.ts";
import { useReadable } from "../stores/use-readable.ts";
import { type ProcessRow, processRow } from "./process-rows.ts";

/** People do not read faster, whatever is written a second. */
const renewedEveryMs = 500;
/** How often silence is looked for, and the order by time is made anew. */
const stepMs = 5_000;

export interface Processes {
  rows: readonly ProcessRow[];
  /** The time that the rows were made for. */
  nowMs: number;
  loading: boolean;
  truncated: boolean;
  error: string | undefined;
}

export function useProcesses(): Processes {
  const client = useClient();
  // The fleet's own store: the same name is one subscription.
  const store = useMemo(
    () => paced(states<ProcessState>(client, "process:*", { reducer: processShape }), renewedEveryMs),
    [client],
  );
  const view = useReadable(store);
  const nowMs = Math.floor(useNow() / stepMs) * stepMs;
  return useMemo(() => {
    const rows = [...view.channels].map(([channel, state]) => {
      const row = processRow(channel, state);
      const heard = withSilence(row, nowMs);
      return heard === row ? row : { ...row, ...heard };
    });
    const loading = rows.length === 0 && (view.status === "offline" || view.status === "subscribing");
    return { rows, nowMs, loading, truncated: view.truncated, error: view.error?.message };
  }, [view, nowMs]);
}
