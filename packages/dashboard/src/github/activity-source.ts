/** The newest events of all repositories, bounded. */
import type { Client, Readable, WatchState } from "@signalbox/client";
import { type Activity, activityOf } from "./activity.ts";

/** Of each repository, at first. */
const lastOfEach = 200;
/** Held over all of them. */
const activityMost = 2_000;
const renewedEveryMs = 250;

export interface ActivityView {
  /** Newest first. */
  rows: readonly Activity[];
  /** More than are held came. */
  cut: number;
  status: WatchState["status"];
  error: string | undefined;
}

export function createActivity(client: Client): Readable<ActivityView> {
  let rows: Activity[] = [];
  let cut = 0;
  let view: ActivityView = { rows, cut, status: "offline", error: undefined };
  let stop: (() => void) | undefined;
  let renewal: ReturnType<typeof setTimeout> | undefined;
  const listeners = new Set<() => void>();
  const renew = (change: Partial<ActivityView> = {}) => {
    view = { ...view, ...change };
    renewal ??= setTimeout(() => {
      renewal = undefined;
      rows.sort((a, b) => b.at - a.at || b.offset - a.offset);
      cut += Math.max(0, rows.length - activityMost);
      rows = rows.slice(0, activityMost);
      view = { ...view, rows, cut };
      for (const listener of [...listeners]) listener();
    }, renewedEveryMs);
  };
  const begin = () => {
    rows = [];
    const watch = client.watch("repo:*", {
      since: { last: lastOfEach },
      onEvents: (events) => {
        for (const event of events) rows.push(activityOf(event));
        renew();
      },
      onState: ({ status }) => renew({ status }),
      onError: (error) => renew({ status: "refused", error: `${error.message} ${error.help}` }),
    });
    return () => watch.stop();
  };
  return {
    snapshot: () => view,
    subscribe: (listener) => {
      listeners.add(listener);
      stop ??= begin();
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        stop?.();
        stop = undefined;
        clearTimeout(renewal);
        renewal = undefined;
      };
    },
  };
}
