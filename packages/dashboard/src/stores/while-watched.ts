/** Stores that work as long as somebody looks at them. */
import type { Client, Readable, WatchState } from "@signalbox/client";

export interface Showing<View> {
  /** Told at once. */
  show(change: Partial<View>): void;
  /** Told a little later, with what has gathered by then. */
  soon(change?: Partial<View>): void;
}

interface Gathering<View> {
  everyMs: number;
  /** What has gathered: made when it is told. */
  now(): Partial<View>;
}

/** `begin` is called for the first listener, and what it returned when the last one is gone. `soon` needs `gathering`. */
export function whileWatched<View extends object>(
  initial: View,
  begin: (showing: Showing<View>) => () => void,
  gathering?: Gathering<View>,
): Readable<View> {
  let view = initial;
  let stop: (() => void) | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const listeners = new Set<() => void>();
  const show = (change: Partial<View>) => {
    view = { ...view, ...change };
    for (const listener of [...listeners]) listener();
  };
  const soon = (change: Partial<View> = {}) => {
    view = { ...view, ...change };
    timer ??= setTimeout(() => {
      timer = undefined;
      show(gathering?.now() ?? {});
    }, gathering?.everyMs);
  };
  return {
    snapshot: () => view,
    subscribe: (listener) => {
      listeners.add(listener);
      stop ??= begin({ show, soon });
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        stop?.();
        stop = undefined;
        clearTimeout(timer);
        timer = undefined;
      };
    },
  };
}

/** The same client and channel, the same store. */
export function perChannel<Store>(
  open: (client: Client, channel: string) => Store,
): (client: Client, channel: string) => Store {
  const stores = new WeakMap<Client, Map<string, Store>>();
  return (client, channel) => {
    const known = stores.get(client) ?? new Map<string, Store>();
    stores.set(client, known);
    const store = known.get(channel) ?? open(client, channel);
    known.set(channel, store);
    return store;
  };
}

/** For the states of a watch: calls back after every time without a link, but not whenever a slow one has caught up. */
export function whenLinkedAgain(run: () => void): (state: Pick<WatchState, "status">) => void {
  let linked = true;
  return ({ status }) => {
    if (status === "offline" || status === "subscribing") linked = false;
    if (status !== "live" || linked) return;
    linked = true;
    run();
  };
}
