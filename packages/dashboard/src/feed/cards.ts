/** Events as people read them: what begins and ends is one card, what was said a message, the rest a line. */
import { endingStates, rowOf, type TimelineKind } from "@signalbox/core/timeline";
import type { Publication } from "@signalbox/protocol";
import { fieldsOf } from "./fields.ts";

export type FeedKind = TimelineKind | "message" | "other";

export interface CardItem {
  is: "card";
  key: string;
  kind: FeedKind;
  title: string;
  state: string;
  /** Milliseconds since 1970. */
  at: number;
  durationMs: number | undefined;
  ended: boolean;
  /** In the order in which they came. */
  events: Publication[];
}

export interface MessageItem {
  is: "message";
  key: string;
  kind: "message";
  at: number;
  by: string;
  text: string;
  events: Publication[];
}

export interface RowItem {
  is: "row";
  key: string;
  kind: FeedKind;
  at: number;
  events: Publication[];
}

/** Events that are not there: filtered, trimmed, or not told to who was too slow. */
export interface GapItem {
  is: "gap";
  key: string;
  at: number;
  channel: string;
  from: number;
  to: number;
}

export interface DayItem {
  is: "day";
  key: string;
  at: number;
}

export type FeedItem = CardItem | MessageItem | RowItem | GapItem | DayItem;

const paired: ReadonlySet<FeedKind> = new Set(["tool", "step", "task", "process", "command", "approval"]);

const messageTypes =
  /^(?:agent_message|assistant_message|user_message|agent_text|message|text_message|chat_message|session_note)$/;

const keyOf = ({ channel, epoch, offset, id }: Publication): string =>
  offset > 0 ? `${channel}@${epoch}:${offset}` : `${channel}@${id}`;

/** `events`: oldest first, by time. The newest item comes first; a card stands where its last event is. */
export function itemsOf(events: readonly Publication[], dayOf: (at: number) => string): FeedItem[] {
  const items: Array<CardItem | MessageItem | RowItem | GapItem | undefined> = [];
  const open = new Map<string, number>();
  const gaps = gapsBefore(events);
  for (const event of events) {
    const gap = gaps.get(event);
    if (gap !== undefined) items.push(gap);
    const text = messageOf(event);
    if (text !== undefined) {
      items.push({ is: "message", key: keyOf(event), kind: "message", at: event.timestamp, ...text, events: [event] });
      continue;
    }
    const row = rowOf(event);
    if (row === undefined || !paired.has(row.kind) || row.id === "") {
      items.push({ is: "row", key: keyOf(event), kind: row?.kind ?? "other", at: event.timestamp, events: [event] });
      continue;
    }
    const key = `${event.channel} ${row.kind} ${row.id}`;
    const place = open.get(key);
    const known = place === undefined ? undefined : items[place];
    const card: CardItem =
      known?.is === "card"
        ? { ...known, events: [...known.events, event] }
        : {
            is: "card",
            key: keyOf(event),
            kind: row.kind,
            title: "",
            state: "",
            at: 0,
            durationMs: undefined,
            ended: false,
            events: [event],
          };
    if (place !== undefined) items[place] = undefined;
    card.title = card.title === "" ? row.label || row.id : card.title;
    card.state = row.state;
    card.at = event.timestamp;
    card.ended = endingStates.has(row.state);
    card.durationMs = row.durationMs ?? durationOf(card);
    items.push(card);
    // What ended may begin again under the same id.
    if (card.ended) open.delete(key);
    else open.set(key, items.length - 1);
  }
  return withDays(items.filter((item) => item !== undefined).reverse(), dayOf);
}

/** What is not there, by the event that comes after it. Senders' clocks differ, so times do not tell it: offsets do. */
function gapsBefore(events: readonly Publication[]): ReadonlyMap<Publication, GapItem> {
  const gaps = new Map<Publication, GapItem>();
  const last = new Map<string, Publication>();
  // Ephemeral ones have no offset, and so nothing of them is missing.
  for (const event of events.filter(({ offset }) => offset > 0).sort((a, b) => a.offset - b.offset)) {
    const { channel, epoch, offset, timestamp } = event;
    const stream = `${channel} ${epoch}`;
    const before = last.get(stream);
    last.set(stream, event);
    if (before === undefined || offset <= before.offset + 1) continue;
    const from = before.offset + 1;
    gaps.set(event, { is: "gap", key: `gap ${channel} ${from}`, at: timestamp, channel, from, to: offset - 1 });
  }
  return gaps;
}

const durationOf = ({ events }: CardItem): number | undefined =>
  events.length < 2 ? undefined : (events.at(-1)?.timestamp ?? 0) - (events[0]?.timestamp ?? 0);

function messageOf(event: Publication): { text: string; by: string } | undefined {
  if (!messageTypes.test(event.type)) return undefined;
  const data = fieldsOf(event.data);
  const text =
    data.text("text") ?? data.text("message") ?? data.text("content") ?? data.inner("message").text("content");
  if (text === undefined) return undefined;
  return { text, by: data.text("by") ?? data.text("author") ?? data.text("role") ?? data.text("agentId") ?? "" };
}

function withDays(
  items: ReadonlyArray<CardItem | MessageItem | RowItem | GapItem>,
  dayOf: (at: number) => string,
): FeedItem[] {
  const all: FeedItem[] = [];
  let day: string | undefined;
  for (const item of items) {
    const next = dayOf(item.at);
    if (next !== day && day !== undefined) all.push({ is: "day", key: `day ${next}`, at: item.at });
    day = next;
    all.push(item);
  }
  return all;
}

export interface FeedFilter {
  kinds: ReadonlySet<string>;
  words: readonly string[];
}

/** Days and gaps stay: they say where one is. */
export function filtered(items: readonly FeedItem[], { kinds, words }: FeedFilter): FeedItem[] {
  if (kinds.size === 0 && words.length === 0) return [...items];
  return items.filter((item) => {
    if (item.is === "gap" || item.is === "day") return true;
    if (kinds.size > 0 && !kinds.has(item.kind)) return false;
    if (words.length === 0) return true;
    const text = JSON.stringify(item.events).toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
