/** The newest events of all repositories, bounded. */
import type { Client, Readable, WatchState } from "@signalbox/client";
import { whileWatched } from "../stores/while-watched.ts";
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
  return whileWatched<ActivityView>(
    { rows, cut, status: "offline", error: undefined },
    ({ soon }) => {
      rows = [];
      const watch = client.watch("repo:*", {
        since: { last: lastOfEach },
        onEvents: (events) => {
          for (const event of events) rows.push(activityOf(event));
          soon();
        },
        onState: ({ status }) => soon({ status }),
        onError: (error) => soon({ status: "refused", error: `${error.message} ${error.help}` }),
      });
      return () => watch.stop();
    },
    {
      everyMs: renewedEveryMs,
      now: () => {
        rows.sort((a, b) => b.at - a.at || b.offset - a.offset);
        cut += Math.max(0, rows.length - activityMost);
        rows = rows.slice(0, activityMost);
        return { rows, cut };
      },
    },
  );
}
