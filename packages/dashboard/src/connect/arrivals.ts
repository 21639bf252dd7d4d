/** What came in since the page was opened: the proof that a line works. */
import type { Client, Readable, WatchOptions } from "@signalbox/client";
import { cell, paced } from "../stores/readable.ts";

export interface Arrival {
  id: string;
  channel: string;
  type: string;
  /** The gateway's clock. */
  atMs: number;
}

export interface Arrivals {
  /** Newest first. */
  newest: readonly Arrival[];
  /** All since then. */
  count: number;
  error: string | undefined;
}

/** Where producers speak. */
const patterns = ["agent:*", "process:*", "session:*"] as const;
const most = 5;
const renewedEveryMs = 250;

/** What the gateway itself says of a channel is no sign of life from there. */
const isOwn = (type: string): boolean => type === "subscription_update";

/** Listens as long as it is listened to. */
export function arrivals(client: Client): Readable<Arrivals> {
  const all = cell<Arrivals>({ newest: [], count: 0, error: undefined });
  const onEvents: WatchOptions["onEvents"] = (events) => {
    const told = events.filter(({ type }) => !isOwn(type));
    if (told.length === 0) return;
    const { newest, count, error } = all.snapshot();
    const came = told.slice(-most).map(({ id, channel, type, timestamp }) => ({ id, channel, type, atMs: timestamp }));
    all.set({ newest: [...came.reverse(), ...newest].slice(0, most), count: count + told.length, error });
  };
  const onError: WatchOptions["onError"] = ({ message }) => all.set({ ...all.snapshot(), error: message });
  const source: Readable<Arrivals> = {
    snapshot: all.snapshot,
    subscribe: (listener) => {
      const watches = patterns.map((pattern) => client.watch(pattern, { since: "now", onEvents, onError }));
      const stop = all.subscribe(listener);
      return () => {
        stop();
        for (const watch of watches) watch.stop();
      };
    },
  };
  return paced(source, renewedEveryMs);
}
