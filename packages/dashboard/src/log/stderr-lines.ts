/** The lines on stderr alone, as the gateway finds them in the whole log. */
import type { Client } from "@signalbox/client";
import { useEffect, useRef, useState } from "react";
import { type LogRecord, LogRecords } from "./log-records.ts";

/** The newest are kept; the export has all. */
const stderrMost = 20_000;
/** Beyond the most, before the oldest go: rows move seldom. */
const slack = 5_000;

export interface StderrLines {
  rows: readonly LogRecord[];
  /** Older ones that were let go. */
  cut: number;
  looking: boolean;
  error: string | undefined;
  again: () => void;
}

export function useStderr(client: Client, processId: string): StderrLines {
  const [turn, setTurn] = useState(0);
  const [shown, setShown] = useState<Omit<StderrLines, "again">>({ rows: [], cut: 0, looking: true, error: undefined });
  /** Of the newest row: the next look goes on there. */
  const since = useRef("earliest");
  // biome-ignore lint/correctness/useExhaustiveDependencies: each turn looks again
  useEffect(() => {
    const stop = new AbortController();
    setShown((before) => ({ ...before, looking: true, error: undefined }));
    const add = (records: readonly LogRecord[]) => {
      since.current = records.at(-1)?.at ?? since.current;
      setShown(({ rows, cut, ...rest }) => {
        const all = [...rows, ...records];
        const gone = all.length > stderrMost + slack ? all.length - stderrMost : 0;
        return { ...rest, rows: all.slice(gone), cut: cut + gone };
      });
    };
    read(client, processId, since.current, add, stop.signal).then(
      () => setShown((before) => ({ ...before, looking: false })),
      (error: unknown) => {
        if (stop.signal.aborted) return;
        setShown((before) => ({
          ...before,
          looking: false,
          error: error instanceof Error ? error.message : String(error),
        }));
      },
    );
    return () => stop.abort();
  }, [client, processId, turn]);
  return { ...shown, again: () => setTurn((now) => now + 1) };
}

async function read(
  client: Client,
  processId: string,
  since: string,
  add: (records: readonly LogRecord[]) => void,
  signal: AbortSignal,
): Promise<void> {
  const query = new URLSearchParams({ format: "events", follow: "false", stream: "stderr", since });
  const answer = await client.fetch(`/v1/processes/${encodeURIComponent(processId)}/logs?${query}`, { signal });
  if (!answer.ok || !answer.body) throw new Error(`the gateway answered ${answer.status}`);
  const records = new LogRecords();
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    const found = records.take(piece.value);
    if (found.length > 0) add(found);
  }
}
