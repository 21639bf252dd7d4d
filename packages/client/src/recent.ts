/**
 * `@signalbox/client/recent`: the newest events of a channel as a list, for views that show a log. Programs that do not
 * import it do not load it.
 */
import type { ErrorData, Filter, Gap, Publication } from "@signalbox/protocol";
import { clockOf } from "./passenger.ts";
import { type Listeners, makeListeners } from "./readable.ts";
import type { Client, Readable, Watch, WatchState } from "./types.ts";

/** A view that goes and comes back at once finds its list as it was. */
const lingerMs = 1_000;
const defaultLast = 200;
/** Of a list's gaps the newest are kept. */
const gapsKept = 100;

export interface RecentOptions {
  /** How many are kept, and how many of those from before are fetched. Default 200. */
  last?: number;
  /** Of the newest `last` in the channel those that fit; later ones as they come. */
  filter?: Filter;
}

export interface RecentView {
  /** Oldest first. What the gateway does not keep (class ephemeral) is not among them: who comes late sees the same. */
  events: readonly Publication[];
  status: WatchState["status"];
  /** What is not coming, newest last. */
  gaps: readonly Gap[];
  error: ErrorData | undefined;
}

type Watching = Pick<Client, "watch" | "ride">;
const shared = new WeakMap<Watching, Map<string, Readable<RecentView>>>();

/** The same channel and options → the same list. It is kept up while somebody listens. */
export function recentEvents(client: Watching, channel: string, options: RecentOptions = {}): Readable<RecentView> {
  const lists = shared.get(client) ?? new Map<string, Readable<RecentView>>();
  shared.set(client, lists);
  const key = JSON.stringify([channel, options.last, options.filter]);
  const list = lists.get(key) ?? eventList(client, channel, options, () => lists.delete(key));
  lists.set(key, list);
  return list;
}

/** Before anything came. */
export const noEvents: RecentView = { events: [], status: "offline", gaps: [], error: undefined };

function eventList(
  client: Watching,
  channel: string,
  { last = defaultLast, filter }: RecentOptions,
  drop: () => void,
): Readable<RecentView> {
  /** Made with the first listener: before, nothing may be connected. */
  let listeners: Listeners | undefined;
  let watch: Watch | undefined;
  let cancelEnd: (() => void) | undefined;
  let kept: Publication[] = [];
  let gaps: readonly Gap[] = [];
  let error: ErrorData | undefined;
  let view: RecentView | undefined;
  const changed = (): void => {
    view = undefined;
    listeners?.changed();
  };
  const begin = (): Watch =>
    client.watch(channel, {
      since: { last },
      ...(filter && { filter }),
      onEvents(more) {
        for (const event of more) if (event.offset !== undefined) kept.push(event);
        // Cut now and then instead of at each event.
        if (kept.length > 2 * last) kept = kept.slice(-last);
        changed();
      },
      onGap(_, gap) {
        gaps = [...gaps.slice(1 - gapsKept), gap];
        // Another history begins.
        if (gap.reason === "epoch_changed" || gap.reason === "position_beyond_head") kept = [];
        changed();
      },
      onState: changed,
      onError(found) {
        error = found;
        changed();
      },
    });
  const end = (): void => {
    watch?.stop();
    watch = cancelEnd = error = view = undefined;
    kept = [];
    gaps = [];
    drop();
  };
  return {
    snapshot() {
      view ??= watch ? { events: kept.slice(-last), status: watch.state().status, gaps, error } : noEvents;
      return view;
    },
    subscribe(listener) {
      const clock = clockOf(client);
      listeners ??= makeListeners(clock);
      const { add, size } = listeners;
      const remove = add(listener);
      cancelEnd?.();
      cancelEnd = undefined;
      if (!watch) {
        watch = begin();
        view = undefined;
      }
      return () => {
        remove();
        if (!size() && watch) cancelEnd ??= clock.after(lingerMs, end);
      };
    },
  };
}
