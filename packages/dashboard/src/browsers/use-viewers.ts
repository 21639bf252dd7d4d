import { useEffect, useState } from "react";
import { useStep } from "../fleet/use-fleet.ts";
import { useClient } from "../stores/client.tsx";

/** How many connections a channel's events are delivered to, asked for with each step; undefined: it is not known. */
export function useViewers(channel: string): number | undefined {
  const client = useClient();
  const step = useStep();
  const [viewers, setViewers] = useState<number>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked again with each step
  useEffect(() => {
    const ended = new AbortController();
    const path = `/v1/channels/${encodeURIComponent(channel)}`;
    client.request<{ demand?: { viewers: number } }>(path, { signal: ended.signal }).then(
      ({ demand }) => setViewers(demand?.viewers),
      // Nothing was published yet, or this token may not see it: then it is not shown.
      () => !ended.signal.aborted && setViewers(undefined),
    );
    return () => ended.abort();
  }, [client, channel, step]);
  return viewers;
}
