/**
 * What may stand in a record of the log. Records are looked at when they are whole: messages, fields, causes of errors
 * and their stacks alike, so that no way of logging goes round it.
 */
import { Redactor } from "@signalbox/core";

/** Whatever is logged under these names is never written, however short. */
const secretNames: ReadonlySet<string> = new Set([
  ...["authorization", "proxy-authorization", "cookie", "set-cookie", "sec-websocket-protocol"],
  ...["token", "admintoken", "access_token", "ticket", "password", "secret"],
]);
const removed = "[removed]";
/** Deeper values are not written. */
const deepest = 32;

/** How our own protocol carries tokens: as a subprotocol, or in an address. */
const carried = /(signalbox\.token(?:64)?\.|[?&](?:ticket|access_token|token)=)[^\s,;&"'#\\]+/g;

/** Characters that a terminal or a viewer obeys: controls, direction marks, other ends of lines. */
const obeyed = /[\p{C}\p{Zl}\p{Zp}]/gu;

/** The same text, safe to show: `\u{1b}` instead of what a terminal would obey. */
export const escaped = (text: string): string =>
  text.replace(obeyed, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);

/** In JSON text: the same value, spelled so that it is one line everywhere. */
export const escapedJson = (json: string): string =>
  json.replace(obeyed, (character) =>
    // One escape for each of its halves: it may be a character beyond U+FFFF.
    Array.from(
      { length: character.length },
      (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`,
    ).join(""),
  );

const redactor = (): ((record: unknown) => unknown) => {
  const own = new Redactor();
  return (record) => own.value(mapped(record, { text: (text) => text.replace(carried, `$1${removed}`), name: same }));
};

/** From a line of JSON to the record without its secrets; what is no JSON becomes a message. */
export function recordReader(): (line: string) => unknown {
  const clean = redactor();
  return (line) => {
    try {
      return clean(JSON.parse(line));
    } catch {
      return clean({ level: "error", msg: line });
    }
  };
}

/** For people: nothing in it ends a line or moves a cursor. The lines of a stack stay lines. */
export const readable = (record: unknown): unknown => mapped(record, { text: readableText, name: escaped });

const frame = /\n(?=\s+at )/;

const readableText = (text: string, name: string): string =>
  name === "stack" ? text.split(frame).map(escaped).join("\n") : escaped(text);

interface Mapping {
  text(text: string, name: string): string;
  name(name: string): string;
}

/** Each text and name changed, and what stands under a secret's name removed. */
function mapped(value: unknown, mapping: Mapping, name = "", depth = 0): unknown {
  if (typeof value === "string") return mapping.text(value, name);
  if (typeof value !== "object" || value === null) return value;
  if (depth >= deepest) return removed;
  if (Array.isArray(value)) return value.map((item) => mapped(item, mapping, name, depth + 1));
  const entries = Object.entries(value).map(([key, item]): [string, unknown] => [
    mapping.name(key),
    secretNames.has(key.toLowerCase()) ? removed : mapped(item, mapping, key, depth + 1),
  ]);
  return Object.fromEntries(entries);
}

const same = (text: string): string => text;
