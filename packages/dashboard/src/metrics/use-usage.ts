/** All `agent_usage` that is kept and comes, added up while somebody looks. */
import type { Client, Readable } from "@signalbox/client";
import { useClient } from "../stores/client.tsx";
import { paced } from "../stores/readable.ts";
import { useReadable } from "../stores/use-readable.ts";
import { whileWatched } from "../stores/while-watched.ts";
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
  return whileWatched(nothing(), ({ show }) => {
    const { book } = nothing();
    let events = 0;
    show({ ...nothing(), book });
    const watch = client.watch("agent:*", {
      since: "earliest",
      filter: { types: ["agent_usage"] },
      // What is added up must not be left out, however slow the link is.
      complete: true,
      onEvents: (publications) => {
        if (events >= eventsMost) return;
        for (const { channel, timestamp, data } of publications) book.add({ channel, timestamp, data });
        events += publications.length;
        show({ events, full: events >= eventsMost });
        if (events >= eventsMost) watch.stop();
      },
      onState: ({ truncated = false }) => show({ truncated }),
      onError: ({ message }) => show({ error: message }),
    });
    return () => watch.stop();
  });
}

const nothing = (): UsageView => ({
  book: new UsageBook(),
  events: 0,
  full: false,
  truncated: false,
  error: undefined,
});
