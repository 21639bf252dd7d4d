/** spec/vectors/*.json as they are on disk: parsed here, since a bundler's JSON import would lose `__proto__` keys. */
import type { Metadata } from "@signalbox/protocol";

declare global {
  interface ImportMeta {
    /** Vite's: the files that match, by path. */
    glob(pattern: string, options: { eager: true; query: "?raw"; import: "default" }): Record<string, string>;
  }
}

interface Message {
  type: string;
  data?: unknown;
  metadata?: Metadata;
  channel?: string;
}

export interface Family {
  family: string;
  valid: { name: string; message: Message; channel?: string }[];
  invalid: { name: string; message: Message; path: string; rule: string }[];
}

/** What each of the other files holds. */
interface Other {
  envelope: {
    limits: { batchMessages: number; jsonDepth: number; jsonKeys: number };
    valid: { name: string; text: string; batch: boolean; messages: unknown[] }[];
    invalid: { name: string; text: string; path: string; rule: string }[];
    fatal: { name: string; text: string }[];
  };
  positions: {
    valid: { name: string; text: string; position: { epoch: string; offset: number } }[];
    invalid: { name: string; text: string }[];
  };
  channels: {
    valid: { channel: string; namespace: string }[];
    invalid: { name: string; channel: string }[];
    patterns: { valid: string[]; invalid: string[] };
    matches: { pattern: string; channel: string; matches: boolean }[];
    names: { text: string; name: string }[];
  };
  codes: { mayReconnect: { number: number; mayReconnect: boolean }[] };
  filters: {
    cases: {
      name: string;
      filter: { types?: string[]; tags?: Record<string, string | string[]> };
      message: Message;
      tags: Record<string, string>;
      matches: boolean;
    }[];
  };
  foreign: { cases: { name: string; event: Message & { channel: string } }[] };
}

const texts = import.meta.glob("../../../spec/vectors/*.json", { eager: true, query: "?raw", import: "default" });

const files = new Map(
  Object.entries(texts).map(([path, text]) => [path.replace(/^.*\/|\.json$/g, ""), JSON.parse(text)]),
);

const others = [
  "envelope",
  "positions",
  "channels",
  "codes",
  "filters",
  "foreign",
  "socketio",
  "webgui",
  "amqp",
  "webhooks",
];

/** Vectors that are not of a family of messages. */
export const vectors = <Name extends keyof Other>(name: Name): Other[Name] => files.get(name);

/** One file per family of events, and `control`. */
export const familyVectors: Family[] = [...files].filter(([name]) => !others.includes(name)).map(([, file]) => file);
