/**
 * What goes over Pub/Sub: netstrings (`LENGTH:BYTES,`), one after the other, so that no byte of a name or a body is ever taken
 * for structure. The scripts pack events, births and registers themselves (lua/append.lua).
 */
import type { Kept, RegisterNews } from "@signalbox/core";
import { decodeName } from "./keys.ts";
import { countsIn, eventOf } from "./replies.ts";

/** Events of one channel in their order, kept by one call; on the channel's own Pub/Sub channel. */
export interface KeptMessage {
  epoch: string;
  events: Kept[];
}

/** On the Pub/Sub channel of a tenant, or on the one for all. Names are without their tenant. */
export type Notice =
  | { is: "born"; node: string; channel: string; epoch: string; offset: number }
  | { is: "register"; node: string; news: RegisterNews }
  | { is: "document"; node: string; name: string };

export const packFields = (fields: readonly string[]): string =>
  fields.map((field) => `${Buffer.byteLength(field)}:${field},`).join("");

const colon = 58;
const comma = 44;
const zero = 48;

/** `undefined`: this is no message of ours. */
export function unpackFields(message: Buffer): string[] | undefined {
  const fields: string[] = [];
  for (let at = 0; at < message.length; ) {
    let length = 0;
    let digits = 0;
    for (; message[at] !== colon; at++, digits++) {
      const digit = (message[at] ?? 0) - zero;
      if (digit < 0 || digit > 9 || digits > 9) return undefined;
      length = length * 10 + digit;
    }
    const end = at + 1 + length;
    if (digits === 0 || message[end] !== comma) return undefined;
    fields.push(message.toString("utf8", at + 1, end));
    at = end + 1;
  }
  return fields;
}

/** `undefined`: this is no message of ours. */
export function unpackKept(message: Buffer): KeptMessage | undefined {
  const [epoch, first, ...rest] = unpackFields(message) ?? [];
  const offset = Number(first);
  if (epoch === undefined || !Number.isSafeInteger(offset) || rest.length % 2 !== 0) return undefined;
  const events: Kept[] = [];
  for (let i = 0; i < rest.length; i += 2) events.push(eventOf(offset + i / 2, rest[i] ?? "", rest[i + 1] ?? ""));
  return { epoch, events };
}

export const packDocument = (node: string, name: string): string => packFields(["document", node, name]);

/** `undefined`: this is no notice, or one of a later version. */
export function unpackNotice(message: Buffer): Notice | undefined {
  const [is, node, ...rest] = unpackFields(message) ?? [];
  if (node === undefined) return undefined;
  if (is === "born") {
    const [channel = "", epoch = "", offset] = rest;
    return { is, node, channel: decodeName(channel), epoch, offset: Number(offset) };
  }
  if (is === "register") return { is, node, news: newsOf(rest) };
  if (is === "document") return { is, node, name: rest[0] ?? "" };
  return undefined;
}

function newsOf(fields: readonly string[]): RegisterNews {
  const [name = "", version, open, , epoch = "", offset, state, counts = "-", value = ""] = fields;
  const key = decodeName(name);
  const news = { key, version: Number(version), open: open === "1" };
  if (state === "deleted") return { ...news, deleted: true };
  if (state !== "told") return news;
  return {
    ...news,
    register: { key, version: news.version, value, offset: Number(offset), epoch, ...countsIn(counts) },
  };
}
