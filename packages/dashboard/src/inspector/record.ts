/** One message as it went by, and which of them are wanted: pure. */
import type { CsvColumn } from "../export/csv.ts";
import type { InspectorSearch } from "./search.ts";

export interface WireRecord {
  /** Of this page. */
  id: number;
  /** Milliseconds since 1970: when it was published, or when the frame went by. */
  atMs: number;
  /** `event`: published by whoever. */
  way: "in" | "out" | "event";
  type: string;
  channel: string;
  /** EPOCH:OFFSET of an event. */
  position: string;
  /** Of the message, and of the one that it answers. */
  messageId: string;
  answers: string;
  bytes: number;
  /** JSON, without tokens. */
  text: string;
}

interface Looked {
  id?: unknown;
  type?: unknown;
  channel?: unknown;
  epoch?: unknown;
  offset?: unknown;
  timestamp?: unknown;
  data?: unknown;
  metadata?: unknown;
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

/** `text`: its JSON. */
export function recordOf(message: unknown, text: string, about: Pick<WireRecord, "id" | "way" | "atMs">): WireRecord {
  const { id, type, channel, epoch, offset, timestamp, data, metadata }: Looked = { ...Object(message) };
  const { channel: within }: { channel?: unknown } = { ...Object(data) };
  const { correlationId }: { correlationId?: unknown } = { ...Object(metadata) };
  return {
    ...about,
    ...(about.way === "event" && typeof timestamp === "number" ? { atMs: timestamp } : {}),
    type: textOf(type) || "(no type)",
    channel: textOf(channel) || textOf(within),
    position: typeof offset === "number" ? `${textOf(epoch)}:${offset}` : "",
    messageId: textOf(id),
    answers: textOf(correlationId),
    bytes: text.length,
    text,
  };
}

/** A token, wherever it stands in a message: what it holds is nobody's business, not even on this screen. */
const secrets = /("(?:token|authorization)"\s*:\s*")(?:[^"\\]|\\.)*"/gi;

export const masked = (text: string): string => text.replace(secrets, '$1[masked]"');

export type Wanted = (record: WireRecord) => boolean;

/** Of what the gateway has not filtered already. */
export function wantedBy({ q, by, tag, min, types }: InspectorSearch): Wanted {
  const words = (q ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  const names = (types ?? "").split(",").filter(Boolean);
  const [tagName = "", tagValue] = (tag ?? "").split("=", 2);
  // Who did it is said by members such as issuedBy, decidedBy, by.
  const who = by === undefined || by === "" ? undefined : new RegExp(`"(?:by|\\w+By)":${escaped(JSON.stringify(by))}`);
  const tagged = tagName === "" ? undefined : taggedBy(tagName, tagValue);
  return (record) => {
    if (min !== undefined && record.bytes < min) return false;
    if (names.length > 0 && !names.includes(record.type)) return false;
    if (who !== undefined && !who.test(record.text)) return false;
    if (tagged !== undefined && !tagged(record.text)) return false;
    if (words.length === 0) return true;
    const text = record.text.toLowerCase();
    return words.every((word) => text.includes(word));
  };
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

function taggedBy(name: string, value: string | undefined): (text: string) => boolean {
  const quoted = JSON.stringify(name);
  return (text) => {
    if (!text.includes(quoted)) return false;
    const { data, metadata }: Looked = JSON.parse(text) as Looked;
    const { tags }: { tags?: unknown } = { ...Object(metadata) };
    const found: unknown = Reflect.get(Object(tags), name) ?? Reflect.get(Object(data), name);
    return found !== undefined && (value === undefined || String(found) === value);
  };
}

export const recordColumns: ReadonlyArray<CsvColumn<WireRecord>> = [
  { name: "time", value: ({ atMs }) => new Date(atMs).toISOString() },
  { name: "way", value: ({ way }) => way },
  { name: "type", value: ({ type }) => type },
  { name: "channel", value: ({ channel }) => channel },
  { name: "position", value: ({ position }) => position },
  { name: "id", value: ({ messageId }) => messageId },
  { name: "answers", value: ({ answers }) => answers },
  { name: "bytes", value: ({ bytes }) => bytes },
  { name: "message", value: ({ text }) => text },
];
