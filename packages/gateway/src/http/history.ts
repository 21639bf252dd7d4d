/** Pages of one channel's history, with what is missing said. */
import { type ChannelInfo, type Page, planStart, SharedPublication, type Trimmed, type View } from "@signalbox/core";
import type { Gap, Limits, Position, Since } from "@signalbox/protocol";
import type { Engine } from "../engine.ts";
import { ask } from "./ask.ts";
import { refused } from "./errors.ts";

export interface HistoryPage {
  channel: string;
  epoch: string;
  /** Newest offset ever given in this epoch. */
  top: number;
  /** Oldest kept offset. */
  floor: number;
  events: SharedPublication[];
  /** Where to go on: everything up to here was given, or was of no wanted type. */
  next: Position;
  gap?: Gap;
}

interface HistoryQuery {
  /** What of the events the reader may see. */
  view: View | undefined;
  channel: string;
  since: Since;
  limit: number;
  types?: ReadonlySet<string> | undefined;
}

/** With a filter, one request looks at no more than so many pages before it answers how far it came. */
const pagesPerRequest = 20;

export async function readHistory(
  engine: Engine,
  limits: Limits,
  { view, channel, since, limit, types }: HistoryQuery,
): Promise<HistoryPage> {
  const info = await ask<ChannelInfo>((done) => engine.info(channel, done));
  const start = planStart(since, info.epoch, info.top);
  if (start === "beyond") {
    const head = { epoch: info.epoch, offset: info.top };
    throw refused("position_beyond_head", `${channel} ends at ${head.epoch}:${head.offset}`, head);
  }
  let { gap, lenient, offset: after } = start;
  let { epoch } = info;
  const events: SharedPublication[] = [];
  for (let pages = 1; ; pages++) {
    const wanted = types === undefined ? limit : limits.pageEvents;
    const page = await ask<Page>((done) => engine.read(channel, after, wanted, limits.frameBytes, done));
    const done = (): HistoryPage => {
      const { top, floor } = page;
      return {
        channel,
        epoch,
        top,
        floor,
        events,
        next: { epoch, offset: after },
        ...(gap === undefined ? {} : { gap }),
      };
    };
    if (page.epoch !== epoch) {
      // The history was replaced while it was being read: what was read is gone.
      gap = { reason: "epoch_changed", epoch, from: after + 1 };
      ({ epoch } = page);
      events.length = 0;
      after = 0;
      lenient = true;
      continue;
    }
    if (page.floor > after + 1) {
      // Trimmed while it was being read: the next request says what is missing between.
      if (events.length > 0) return done();
      const [from, to] = [after + 1, page.floor - 1];
      if (!lenient) {
        const trimmed = await ask<Trimmed>((answer) => engine.trimmed(channel, from, to, answer));
        gap = { reason: "trimmed", epoch, from, to, ...trimmed };
      }
      after = to;
    }
    lenient = false;
    for (const kept of page.events) {
      if (events.length >= limit) break;
      after = kept.offset;
      if (types !== undefined && !types.has(kept.type)) continue;
      const event = new SharedPublication(channel, epoch, kept);
      events.push(view === undefined ? event : view.publication(event));
    }
    const more = after < page.top && events.length < limit && page.events.length > 0;
    if (!more || types === undefined || pages >= pagesPerRequest) return done();
  }
}

/** The answer's text; events were encoded once and stay as they are. */
export function historyJson({ events, ...rest }: HistoryPage): string {
  const { gap, next, ...place } = rest;
  const head = JSON.stringify(place).slice(0, -1);
  const tail = JSON.stringify({ next, ...(gap === undefined ? {} : { gap }) }).slice(1);
  return `${head},"events":[${events.map(({ json }) => json).join(",")}],${tail}`;
}
