/** The events of a channel that are held: the newest, or those up to one of them. */
import type { Client, Readable, Watch } from "@signalbox/client";
import type { Publication } from "@signalbox/protocol";

/** Events held; older ones are a scroll away in the history. */
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
  status: "loading" | "live" | "past" | "offline" | "refused";
  error: string | undefined;
}

export interface Feed extends Readable<FeedView> {
  readonly channel: string;
  /** Fetches what came before the oldest event held; beyond `feedLength` the newest ones stay. */
  older(): Promise<void>;
  /** Shows what there was up to this offset, or with undefined what there is and comes. */
  showUntil(offset: number | undefined): void;
}

interface Page {
  epoch: string;
  floor: number;
  top: number;
  events: Publication[];
}

export function createFeed(client: Client, channel: string): Feed {
  let events: Publication[] = [];
  let floor = 1;
  let until: number | undefined;
  let view: FeedView = { events, top: 0, floor, status: "loading", error: undefined };
  let most = feedLength;
  let watch: Watch | undefined;
  let renewal: ReturnType<typeof setTimeout> | undefined;
  const listeners = new Set<() => void>();

  const renew = (change: Partial<FeedView> = {}) => {
    view = { ...view, ...change };
    renewal ??= setTimeout(() => {
      renewal = undefined;
      const last = until;
      const shown = last === undefined ? events : events.filter(({ offset }) => offset <= last);
      view = { ...view, events: shown, floor, top: Math.max(view.top, events.at(-1)?.offset ?? 0) };
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

  const page = (epoch: string, after: number, to: number): Promise<Page> => {
    const query = new URLSearchParams({ since: `${epoch}:${after}`, limit: String(to - after) });
    return client.request<Page>(`/v1/channels/${encodeURIComponent(channel)}/events?${query}`);
  };

  const live = () => {
    const newest = events.at(-1);
    watch = client.watch(channel, {
      since: newest ? { epoch: newest.epoch, offset: newest.offset } : { last: startLength },
      onEvents: add,
      onState: ({ status }) => until === undefined && renew({ status: statusOf(status) }),
      onError: (error) => renew({ status: "refused", error: `${error.message} ${error.help}` }),
    });
  };

  const past = async (offset: number) => {
    try {
      const { epoch } = await client.request<Page>(
        `/v1/channels/${encodeURIComponent(channel)}/events?since=now&limit=1`,
      );
      const answer = await page(epoch, Math.max(0, offset - startLength), offset);
      if (until !== offset) return;
      floor = answer.floor;
      events = answer.events.filter((event) => event.offset <= offset);
      renew({ status: "past", top: Math.max(view.top, answer.top), error: undefined });
    } catch (error) {
      renew({ status: "refused", error: error instanceof Error ? error.message : String(error) });
    }
  };

  const holds = (offset: number): boolean =>
    (events[0]?.offset ?? Number.POSITIVE_INFINITY) <= Math.max(floor, offset - 20) &&
    (events.at(-1)?.offset ?? 0) >= offset;

  const begin = () => {
    if (until === undefined) live();
    else if (offsetIs(until) && !holds(until)) void past(until);
    else renew({ status: "past" });
  };

  const end = () => {
    watch?.stop();
    watch = undefined;
  };

  return {
    channel,
    snapshot: () => view,
    subscribe: (listener) => {
      listeners.add(listener);
      if (listeners.size === 1) begin();
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        end();
        clearTimeout(renewal);
        renewal = undefined;
      };
    },
    older: async () => {
      const oldest = events[0];
      if (!oldest || oldest.offset <= floor) return;
      const after = Math.max(floor - 1, oldest.offset - 1 - startLength);
      const answer = await page(oldest.epoch, after, oldest.offset - 1);
      floor = answer.floor;
      if (answer.epoch === events[0]?.epoch) {
        const before = answer.events.filter((event) => event.offset < (events[0]?.offset ?? 0));
        events = [...before, ...events];
        most = Math.max(most, events.length);
      }
      renew();
    },
    showUntil: (offset) => {
      if (offset === until) return;
      const wasPast = until !== undefined;
      until = offset;
      if (listeners.size === 0) return;
      if (offset === undefined) {
        // What was held may be far from the end.
        if (wasPast && (events.at(-1)?.offset ?? 0) < view.top - feedLength) events = [];
        live();
      } else {
        end();
        begin();
      }
      renew();
    },
  };
}

/** 0: nothing had happened yet. */
const offsetIs = (offset: number): boolean => offset > 0;

function statusOf(status: "offline" | "subscribing" | "catching_up" | "live" | "refused"): FeedView["status"] {
  return status === "subscribing" || status === "catching_up" ? "loading" : status;
}
