/** A channel's whole kept history as a file, fetched page by page. */
import type { Client } from "@signalbox/client";
import type { Publication } from "@signalbox/protocol";
import { csv } from "../export/csv.ts";
import { fileName, save } from "../export/save.ts";
import { calm } from "../text/visible.ts";
import { describe } from "./describe.ts";

export type ExportForm = "json" | "csv" | "text";

interface Page {
  top: number;
  events: Publication[];
  next: { epoch: string; offset: number };
}

/** Events in one file: a browser holds no more at once. */
const exportedMost = 500_000;

/** Everything up to `untilMs`; calls back with how far it is. */
export async function fetchAll(
  client: Client,
  channels: readonly string[],
  untilMs: number | undefined,
  progress: (done: number, total: number) => void,
): Promise<Publication[]> {
  const all: Publication[] = [];
  let total = 0;
  for (const channel of channels) {
    let since = "earliest";
    let counted = false;
    for (;;) {
      const query = new URLSearchParams({ since, limit: "1000" });
      const page = await client.request<Page>(`/v1/channels/${encodeURIComponent(channel)}/events?${query}`);
      if (!counted) total += page.top;
      counted = true;
      for (const event of page.events) if (untilMs === undefined || event.timestamp <= untilMs) all.push(event);
      progress(all.length, total);
      if (all.length > exportedMost) throw new Error(`more than ${exportedMost.toLocaleString("en")} events`);
      if (page.events.length === 0 || page.next.offset >= page.top) break;
      since = `${page.next.epoch}:${page.next.offset}`;
    }
  }
  return channels.length > 1 ? all.sort((a, b) => a.timestamp - b.timestamp) : all;
}

export function saveEvents(name: string, form: ExportForm, events: readonly Publication[]): void {
  const file = fileName(name, "events");
  if (form === "json") save(`${file}.json`, `${JSON.stringify(events, undefined, 1)}\n`, "application/json");
  else if (form === "csv") save(`${file}.csv`, asCsv(events), "text/csv");
  else save(`${file}.txt`, asText(events));
}

export const asText = (events: readonly Publication[]): string =>
  events
    .map(({ timestamp, channel, type, ...event }) =>
      [new Date(timestamp).toISOString(), channel, type, calm(describe({ type, data: event.data }))].join("\t"),
    )
    .concat("")
    .join("\n");

export const asCsv = (events: readonly Publication[]): string =>
  csv(
    [
      { name: "time", value: ({ timestamp }: Publication) => new Date(timestamp).toISOString() },
      { name: "channel", value: ({ channel }) => channel },
      { name: "offset", value: ({ offset }) => offset },
      { name: "type", value: ({ type }) => type },
      { name: "summary", value: (event) => describe(event) },
      { name: "data", value: ({ data }) => JSON.stringify(data) },
    ],
    events,
  );
