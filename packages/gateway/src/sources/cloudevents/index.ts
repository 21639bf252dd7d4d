/** CloudEvents 1.0 in JSON, structured and batch, as messages of ours. */
import { createHash } from "node:crypto";
import { isChannel } from "@signalbox/protocol";
import type { EventFormat, Mapped } from "../source.ts";
import { typeName } from "./type-name.ts";

type Document = Readonly<Record<string, unknown>>;

export const cloudEvent: EventFormat = {
  mediaType: "application/cloudevents+json",
  map: (document) => {
    const mapped = messageOf(document, "");
    return "path" in mapped ? { ok: false, ...mapped } : { ok: true, drafts: [mapped.message] };
  },
};

export const cloudEventBatch: EventFormat = {
  mediaType: "application/cloudevents-batch+json",
  map: (document) => {
    if (!Array.isArray(document)) return { ok: false, path: "", rule: "must be an array of CloudEvents" };
    const drafts: unknown[] = [];
    for (const [index, one] of document.entries()) {
      const mapped = messageOf(one, `/${index}`);
      if ("path" in mapped) return { ok: false, ...mapped } satisfies Mapped;
      drafts.push(mapped.message);
    }
    return { ok: true, drafts };
  },
};

/** The attributes that have a place of their own; all others are kept under metadata.cloudevents. */
const placed: ReadonlySet<string> = new Set(["id", "source", "time", "data", "data_base64", "channel"]);
const idPattern = /^[!-~]{1,128}$/;
const textLength = 256;

function messageOf(value: unknown, path: string): { message: Document } | { path: string; rule: string } {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return { path, rule: "must be a CloudEvent" };
  const event = value as Document;
  for (const name of ["id", "source", "type", "specversion"]) {
    if (typeof event[name] !== "string" || event[name] === "") {
      return { path: `${path}/${name}`, rule: "must be a text that is not empty" };
    }
  }
  const { id, source, type } = event as { id: string; source: string; type: string };
  if (event.specversion !== "1.0") return { path: `${path}/specversion`, rule: "must be 1.0" };
  const time = timeOf(event.time);
  if (time === "wrong") return { path: `${path}/time`, rule: "must be an RFC 3339 time" };
  const channel = channelOf(event);
  const others = Object.fromEntries(Object.entries(event).filter(([name]) => !placed.has(name)));
  return {
    message: {
      ...(idPattern.test(id) ? { id } : {}),
      type: typeName(type),
      ...(time === undefined ? {} : { timestamp: time }),
      data: "data_base64" in event ? { data_base64: event.data_base64 } : (event.data ?? {}),
      metadata: {
        source: source.slice(0, textLength),
        // Source and id together are what makes a CloudEvent one and the same.
        idempotencyKey: keyOf(source, id),
        cloudevents: others,
      },
      ...(channel === undefined ? {} : { channel }),
    },
  };
}

function channelOf({ channel, subject }: Document): string | undefined {
  if (typeof channel === "string") return channel;
  return isChannel(subject) ? subject : undefined;
}

/** §5.6 of RFC 3339. Date.parse takes more, and reads some of it in the gateway's own time zone. */
const rfc3339 = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2})$/;

function timeOf(time: unknown): number | undefined | "wrong" {
  if (time === undefined || time === null) return undefined;
  const ms = typeof time === "string" && rfc3339.test(time) ? Date.parse(time) : Number.NaN;
  return Number.isSafeInteger(ms) && ms >= 0 ? ms : "wrong";
}

function keyOf(source: string, id: string): string {
  const key = `${source} ${id}`;
  return key.length <= textLength ? key : createHash("sha256").update(key).digest("base64url");
}
