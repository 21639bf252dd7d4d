/** Prints what channels hold now, and ends: `tail --no-follow`. Channels of a pattern come one after the other. */
import { type Client, GatewayError } from "@signalbox/client";
import { formatPosition, type Gap, isPattern, type Position, type Publication, type Since } from "@signalbox/protocol";
import { channelPages } from "../channel-list.ts";
import type { Printer } from "./printer.ts";
import type { Positions } from "./resume-file.ts";

export interface ReadOptions {
  client: Client;
  targets: readonly string[];
  since: Since;
  /** Where channels go on that were read before. */
  positions: Positions;
  types: string[] | undefined;
  shows: (event: Publication) => boolean;
  printer: Printer;
  stop: AbortSignal;
  /** Called after something was printed. */
  onPositions: (positions: Positions) => void;
}

interface HistoryPage {
  /** Newest offset. */
  top: number;
  events: Publication[];
  next: Position;
  gap?: Gap;
}

const pageSize = 1_000;

export async function readOnce(options: ReadOptions): Promise<void> {
  for (const channel of await channelsOf(options)) {
    if (options.stop.aborted) break;
    await readChannel(channel, options);
  }
  options.printer.end();
}

async function channelsOf({ client, targets }: ReadOptions): Promise<Set<string>> {
  const channels = new Set<string>();
  for (const target of targets) {
    if (!isPattern(target)) channels.add(target);
    else for await (const page of channelPages(client, target)) for (const row of page) channels.add(row.channel);
  }
  return channels;
}

/** What is newer than the first answer's newest event is left to the next time: it must end. */
async function readChannel(channel: string, options: ReadOptions): Promise<void> {
  const { shows, printer, stop, onPositions } = options;
  let since = options.positions[channel] ?? options.since;
  let top: number | undefined;
  while (!stop.aborted) {
    const page = await readPage(channel, since, options);
    top ??= page.top;
    if (page.gap !== undefined) printer.gap(channel, page.gap);
    printer.events(page.events.filter(shows));
    onPositions({ [channel]: page.next });
    since = page.next;
    if (page.next.offset >= top) return;
  }
}

async function readPage(channel: string, since: Since, options: ReadOptions): Promise<HistoryPage> {
  const { client, types, printer, stop } = options;
  const query = new URLSearchParams({ since: sinceText(since), limit: String(pageSize) });
  if (types !== undefined) query.set("types", types.join(","));
  try {
    const path = `/v1/channels/${encodeURIComponent(channel)}/events?${query}`;
    return await client.request<HistoryPage>(path, { signal: stop });
  } catch (error) {
    if (!(error instanceof GatewayError) || error.name !== "position_beyond_head") throw error;
    // Its history is another one now, or was cut off: said, then read from its beginning.
    const place = typeof since === "object" && "epoch" in since ? since : { epoch: "", offset: 0 };
    const head = typeof error.details?.offset === "number" ? error.details.offset : 0;
    printer.gap(channel, { reason: "position_beyond_head", epoch: place.epoch, from: head + 1, to: place.offset });
    return readPage(channel, "earliest", options);
  }
}

function sinceText(since: Since): string {
  if (typeof since === "string") return since;
  return "last" in since ? `last:${since.last}` : formatPosition(since);
}
