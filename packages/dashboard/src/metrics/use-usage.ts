/** All `agent_usage` that is kept and comes, added up while somebody looks. */
import type { Client, Readable } from "@signalbox/client";
import { useClient } from "../stores/client.tsx";
import { paced } from "../stores/readable.ts";
import { useReadable } from "../stores/use-readable.ts";
import { UsageBook } from "./usage-book.ts";

export interface UsageView {
  book: UsageBook;
  /** Events that were counted. */
  events: number;
  /** It counted no further: there are more than this page adds up. */
  full: boolean;
  /** There are more agents than one subscription may have. */
  truncated: boolean;
  error: string | undefined;
}

const eventsMost = 200_000;
const renewedEveryMs = 500;

const books = new WeakMap<Client, Readable<UsageView>>();

export const useUsage = (): UsageView => useReadable(usageOf(useClient()));

function usageOf(client: Client): Readable<UsageView> {
  const known = books.get(client);
  if (known) return known;
  const made = paced(counting(client), renewedEveryMs);
  books.set(client, made);
  return made;
}

/** From the first kept event on; begins anew when somebody looks again. */
function counting(client: Client): Readable<UsageView> {
  let view: UsageView = { book: new UsageBook(), events: 0, full: false, truncated: false, error: undefined };
  const listeners = new Set<() => void>();
  let stop: (() => void) | undefined;
  const change = (change: Partial<UsageView>): void => {
    view = { ...view, ...change };
    for (const listener of [...listeners]) listener();
  };
  const begin = (): (() => void) => {
    view = { book: new UsageBook(), events: 0, full: false, truncated: false, error: undefined };
    const watch = client.watch("agent:*", {
      since: "earliest",
      filter: { types: ["agent_usage"] },
      // What is added up must not be left out, however slow the link is.
      complete: true,
      onEvents: (publications) => {
        if (view.full) return;
        for (const { channel, timestamp, data } of publications) view.book.add({ channel, timestamp, data });
        const events = view.events + publications.length;
        change({ events, full: events >= eventsMost });
        if (events >= eventsMost) watch.stop();
      },
      onState: ({ truncated = false }) => change({ truncated }),
      onError: ({ message }) => change({ error: message }),
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
      };
    },
  };
}
