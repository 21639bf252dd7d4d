/** Feeds follow the moment that is looked at: up to the last event that was not later. */
import { namespaceOf } from "@signalbox/protocol";
import { useEffect } from "react";
import { useClient } from "../stores/client.tsx";
import { useMoment } from "../stores/moment.ts";
import { pastStates } from "../stores/past.ts";
import type { Feed } from "./feed.ts";

export function useFeedMoment(feeds: readonly Feed[]): void {
  const client = useClient();
  const at = useMoment();
  useEffect(() => {
    if (at === undefined) {
      for (const feed of feeds) feed.showUntil(undefined);
      return undefined;
    }
    const stops = feeds.map((feed) => {
      // The state then says how far its events went; the panels beside ask for the same one.
      const past = pastStates(client, feed.channel, namespaceOf(feed.channel));
      const follow = () => {
        const view = past.snapshot();
        if (view.at === at) feed.showUntil(view.offset);
      };
      const stop = past.subscribe(follow);
      past.show(at);
      follow();
      return stop;
    });
    return () => {
      for (const stop of stops) stop();
    };
  }, [client, feeds, at]);
}
