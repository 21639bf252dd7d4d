/** The timeline of some channels, kept up while it is shown. */
import { useEffect, useMemo, useState } from "react";
import { useClient } from "../stores/client.tsx";
import { useNow } from "../stores/clock.ts";
import { useReadable } from "../stores/use-readable.ts";
import type { Range } from "./range.ts";
import { TimelineSource, type TimelineView } from "./source.ts";

export function useTimeline(channels: readonly string[]): TimelineView {
  const client = useClient();
  const source = useMemo(() => new TimelineSource(client), [client]);
  const key = channels.join(" ");
  useEffect(() => source.setChannels(key === "" ? [] : key.split(" ")), [source, key]);
  useEffect(() => () => source.stop(), [source]);
  return useReadable(source);
}

/** Longer than this without an event, the picture ends with the last one. */
const silentMs = 600_000;

/** From the first event to now; it grows once in a while, so that nothing creeps under the hand. */
export function useWhole({ range }: TimelineView): Range {
  const now = useNow();
  const [end, setEnd] = useState(now);
  useEffect(() => {
    if (now - end > 5_000) setEnd(now);
  }, [now, end]);
  return useMemo(() => {
    const from = range?.from ?? end - 60_000;
    const isOver = range !== undefined && end - range.to > silentMs;
    return { from, to: Math.max(isOver ? range.to : end, from + 1_000) };
  }, [range, end]);
}
