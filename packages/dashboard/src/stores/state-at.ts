/** A channel's state as it is, or as it was at the moment that is looked at. */
import type { Fold } from "@signalbox/client";
import { useEffect, useMemo, useSyncExternalStore } from "react";
import { useClient } from "./client.tsx";
import { useMoment } from "./moment.ts";
import { pastStates } from "./past.ts";
import { paced } from "./readable.ts";
import { useReadable } from "./use-readable.ts";

export interface StateAt<State> {
  state: State;
  status: "live" | "loading" | "past" | "refused";
  error: string | undefined;
  /** In the past: the last event that is folded in, and the first that is still kept. */
  offset: number | undefined;
  from: number | undefined;
}

/** People do not read faster. */
const renewedEveryMs = 200;

const never = () => () => {};

export function useStateAt<State>(channel: string, reducer: Fold<State>): StateAt<State> {
  const client = useClient();
  const at = useMoment();
  const isPast = at !== undefined;
  const live = useMemo(() => paced(client.channel(channel, reducer), renewedEveryMs), [client, channel, reducer]);
  const past = useMemo(() => pastStates<State>(client, channel, reducer.name), [client, channel, reducer]);
  useEffect(() => {
    if (at !== undefined) past.show(at);
  }, [past, at]);
  const now = useSyncExternalStore(isPast ? never : live.subscribe, live.snapshot);
  const was = useReadable(past);
  if (at === undefined) {
    const status = now.status === "refused" ? "refused" : now.status === "subscribing" ? "loading" : "live";
    return { state: now.state, status, error: now.error?.message, offset: undefined, from: undefined };
  }
  const { state = reducer.initial(channel), error, offset, from } = was;
  const status = error !== undefined ? "refused" : was.at === at ? "past" : "loading";
  return { state, status, error, offset, from };
}
