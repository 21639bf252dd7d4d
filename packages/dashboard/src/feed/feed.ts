/** The newest events of a channel, bounded. */
import type { Client, Readable } from "@signalbox/client";
import type { Publication } from "@signalbox/protocol";

/** Events held; older ones are a click away in the history. */
const feedLength = 1_000;
const startLength = 200;
const renewedEveryMs = 100;

export interface FeedView {
  /** Oldest first. */
  events: readonly Publication[];
  /** Newest offset: how many events there have been. */
  top: number;
  /** Oldest offset the gateway still has, once known. */
  floor: number;
  status: "loading" | "live" | "offline" | "refused";
  error: string | undefined;
}

export interface Feed extends Readable<FeedView> {
  /** Fetches what came before the oldest event held; beyond `feedLength` the newest ones stay. */
  older(): Promise<void>;
}

export function createFeed(client: Client, channel: string): Feed {
  let events: Publication[] = [];
  let floor = 1;
  let view: FeedView = { events, top: 0, floor, status: "loading", error: undefined };
  let most = feedLength;
  let stop: (() => void) | undefined;
  let renewal: ReturnType<typeof setTimeout> | undefined;
  const listeners = new Set<() => void>();

  const renew = (change: Partial<FeedView> = {}) => {
    view = { ...view, ...change };
    renewal ??= setTimeout(() => {
      renewal = undefined;
      view = { ...view, events, floor, top: Math.max(view.top, events.at(-1)?.offset ?? 0) };
      for (const listener of [...listeners]) listener();
    }, renewedEveryMs);
  };

  const add = (more: readonly Publication[]) => {
    const epoch = more.at(-1)?.epoch;
    const same = events.filter((event) => event.epoch === epoch);
    const last = same.at(-1)?.offset ?? 0;
    events = [...same, ...more.filter((event) => event.offset > last)].slice(-most);
    renew();
  };

  const begin = () => {
    const newest = events.at(-1);
    const watch = client.watch(channel, {
      since: newest ? { epoch: newest.epoch, offset: newest.offset } : { last: startLength },
      onEvents: add,
      onState: ({ status }) => renew({ status: statusOf(status) }),
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
    older: async () => {
      const oldest = events[0];
      if (!oldest || oldest.offset <= floor) return;
      const after = Math.max(floor - 1, oldest.offset - 1 - startLength);
      const query = new URLSearchParams({
        since: `${oldest.epoch}:${after}`,
        limit: String(oldest.offset - 1 - after),
      });
      const answer = await client.request<{ epoch: string; floor: number; events: Publication[] }>(
        `/v1/channels/${encodeURIComponent(channel)}/events?${query}`,
      );
      floor = answer.floor;
      if (answer.epoch === events[0]?.epoch) {
        const before = answer.events.filter((event) => event.offset < (events[0]?.offset ?? 0));
        events = [...before, ...events];
        most = Math.max(most, events.length);
      }
      renew();
    },
  };
}

function statusOf(status: "offline" | "subscribing" | "catching_up" | "live" | "refused"): FeedView["status"] {
  return status === "subscribing" || status === "catching_up" ? "loading" : status;
}
