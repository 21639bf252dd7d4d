/** Where the list of processes gets what it shows. */
import type { Client } from "@signalbox/client";
import { states } from "@signalbox/client/states";
import { type ProcessState, processShape } from "@signalbox/core/reducers";
import { useMemo } from "react";
import { withSilence } from "../fleet/item.ts";
import { useClient } from "../stores/client.tsx";
import { useNow } from "../stores/clock.ts";
import { paced } from "../stores/readable.ts";
import { statesAt, useAtMoment } from "../stores/states-at.ts";
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

/** As they are, or were at the moment that is looked at. */
export function useProcesses(): Processes {
  const past = useAtMoment(processesAt);
  const client = useClient();
  // The fleet's own store: the same name is one subscription.
  const store = useMemo(
    () => paced(states<ProcessState>(client, "process:*", { reducer: processShape }), renewedEveryMs),
    [client],
  );
  const view = useReadable(store);
  const nowMs = Math.floor(useNow() / stepMs) * stepMs;
  return useMemo(() => {
    if (past !== undefined) {
      const { value = { at: nowMs, states: new Map<string, ProcessState>(), isCut: false }, error } = past;
      return {
        // What still ran had run until then.
        rows: [...value.states].map(([channel, state]) => {
          const row = processRow(channel, state);
          return { ...row, stoppedAt: row.stoppedAt ?? value.at };
        }),
        nowMs: value.at,
        loading: past.value === undefined && error === undefined,
        truncated: value.isCut,
        error,
      };
    }
    const rows = [...view.channels].map(([channel, state]) => {
      const row = processRow(channel, state);
      const heard = withSilence(row, nowMs);
      return heard === row ? row : { ...row, ...heard };
    });
    const loading = rows.length === 0 && (view.status === "offline" || view.status === "subscribing");
    return { rows, nowMs, loading, truncated: view.truncated, error: view.error?.message };
  }, [past, view, nowMs]);
}

const processesAt = (client: Client, at: number, signal: AbortSignal) =>
  statesAt<ProcessState>(client, "process:*", at, signal);
