/** What a queue keeps, as text in a storage. */
import type { Draft, Position, Publication } from "@signalbox/protocol";
import type { Problem } from "../types.ts";

/** Who wins when others published first: this message, what is there, or whoever is asked. */
export type OnConflict = "mine" | "theirs" | "ask";

/** What came between a message's expected position and the head. */
export interface Conflict {
  head: Position;
  /** The newest 20 that are in its way, oldest first. */
  theirs: readonly Publication[];
  /** There is more than `theirs` shows, or it could not be read. */
  more: boolean;
}

/** One message. Only the queue that sends changes it. */
export interface Kept {
  id: string;
  draft: Draft & { channel: string };
  addedMs: number;
  expected?: Position | undefined;
  same?: readonly string[] | undefined;
  onConflict: OnConflict;
  /** It was sent as this, or may have been: so it is sent again as the same, until there is an answer. */
  number?: { id: string; epoch: number; seq: number } | undefined;
  conflict?: Conflict | undefined;
  problem?: Problem | undefined;
}

/** Whose numbers they are. Epochs are given once, over all channels. */
export interface About {
  producer: string;
  epoch: number;
}

/** What a person decided about a message. */
export type Choice = "send" | "drop";

export const aboutKey = "about";
const messagePrefix = "message/";
const choicePrefix = "choice/";

/** Texts of keys sort as the messages were added. */
export const messageKey = (place: number, by: string): string =>
  `${messagePrefix}${String(place).padStart(16, "0")}.${by}`;
export const placeOf = (key: string): number => Number(key.slice(messagePrefix.length, messagePrefix.length + 16));
export const choiceKey = (key: string): string => choicePrefix + key;

export interface Records {
  about: About | undefined;
  messages: Map<string, Kept>;
  /** By the key of the message. */
  choices: Map<string, Choice>;
}

export const noRecords = (): Records => ({ about: undefined, messages: new Map(), choices: new Map() });

/** All that is kept, messages in their order. */
export function readRecords(texts: ReadonlyMap<string, string>): Records {
  const records = noRecords();
  for (const key of [...texts.keys()].sort()) putRecord(records, key, texts.get(key));
  return records;
}

/** The border to what was kept: texts of these keys were written by a queue. What was torn is left out. */
export function putRecord(records: Records, key: string, text: string | undefined): void {
  const value = text === undefined ? undefined : parse(text);
  if (key === aboutKey) records.about = isObject(value) && value.producer ? (value as unknown as About) : undefined;
  else if (key.startsWith(choicePrefix)) {
    const message = key.slice(choicePrefix.length);
    if (value === undefined) records.choices.delete(message);
    else records.choices.set(message, value === "send" ? "send" : "drop");
  } else if (key.startsWith(messagePrefix)) {
    if (isObject(value) && isObject(value.draft)) records.messages.set(key, value as unknown as Kept);
    else records.messages.delete(key);
  }
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;
