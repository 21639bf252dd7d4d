/** Feeds of several channels as one, by time, complete from a time on: before it one of them has more to fetch. */
import type { Readable } from "@signalbox/client";
import type { Publication } from "@signalbox/protocol";
import type { Feed, FeedView } from "./feed.ts";

export interface MergedView {
  /** Oldest first. */
  events: readonly Publication[];
  /** All there have been, and those that are held. */
  total: number;
  held: number;
  /** Older ones can be fetched. */
  more: boolean;
  status: FeedView["status"];
  error: string | undefined;
  /** Events that no longer exist, over all channels. */
  gone: number;
}

export function merged(views: readonly FeedView[]): MergedView {
  // From here on every channel is whole.
  const since = views.reduce((latest, { events, floor }) => {
    const oldest = events[0];
    return oldest !== undefined && oldest.offset > floor ? Math.max(latest, oldest.timestamp) : latest;
  }, 0);
  const all = views.flatMap(({ events }) => {
    // Cut off at one place: what stands behind it is shown whole, whatever its senders' clocks say.
    const first = events.findIndex(({ timestamp }) => timestamp >= since);
    return first < 0 ? [] : events.slice(first);
  });
  const events = views.length > 1 ? all.sort((a, b) => a.timestamp - b.timestamp) : all;
  const worst = views.find(({ status }) => status === "refused") ?? views.find(({ status }) => status === "offline");
  const [first] = views;
  return {
    events,
    total: views.reduce((sum, { top }) => sum + top, 0),
    held: events.length,
    more: views.some(({ events: held, floor }) => held[0] !== undefined && held[0].offset > floor),
    status: worst?.status ?? views.find(({ status }) => status === "loading")?.status ?? first?.status ?? "loading",
    error: views.find(({ error }) => error !== undefined)?.error,
    gone: views.reduce((sum, { floor }) => sum + floor - 1, 0),
  };
}

export interface MergedFeed extends Readable<MergedView> {
  older(): Promise<void>;
}

export function mergeFeeds(feeds: readonly Feed[]): MergedFeed {
  let last: readonly FeedView[] = [];
  let view = merged([]);
  return {
    snapshot: () => {
      const now = feeds.map((feed) => feed.snapshot());
      if (now.length !== last.length || now.some((one, index) => one !== last[index])) {
        last = now;
        view = merged(now);
      }
      return view;
    },
    subscribe: (listener) => {
      const stops = feeds.map((feed) => feed.subscribe(listener));
      return () => {
        for (const stop of stops) stop();
      };
    },
    // The one that hides the most: whose oldest event is the newest.
    older: async () => {
      const [next] = feeds
        .map((feed) => ({ feed, view: feed.snapshot() }))
        .filter(({ view: { events, floor } }) => events[0] !== undefined && events[0].offset > floor)
        .sort((a, b) => (b.view.events[0]?.timestamp ?? 0) - (a.view.events[0]?.timestamp ?? 0));
      await next?.feed.older();
    },
  };
}
