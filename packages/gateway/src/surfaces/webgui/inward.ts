/** From a message on a webgui channel to an event that is yet to be published (S§5.2, S§5.3). Pure. */
import { type Draft, decodeValue, type Limits, type Metadata } from "@signalbox/protocol";
import { readMessage } from "../read-message.ts";
import type { Names } from "./names.ts";
import { readTime } from "./time.ts";
import { eventOf } from "./types.ts";

/** Why a message is not taken: names of a metric's label. `own`: a gateway wrote it. */
export type Reason = "own" | "channel" | "size" | "text" | "form" | "type" | "timestamp";

/** An event that is yet to be published. */
export type Incoming = Draft & { channel: string; metadata: Metadata };

export type Inward = { ok: true; draft: Incoming } | { ok: false; reason: Reason; rule: string };

/** The member that everything has which a gateway writes, and nothing that a gateway takes in. */
export const ownMark = "signalbox";
/** `metadata.source` of everything that came in this way, and of nothing that goes out. */
export const source = "webgui";

const idForm = /^[!-~]{1,128}$/;
const utf8 = new TextDecoder("utf-8", { fatal: true });

type ReadLimits = Pick<Limits, "frameBytes" | "batchMessages" | "jsonDepth" | "jsonKeys" | "jsonItems">;

export function readWebgui(theirs: string, payload: Uint8Array, names: Names, limits: ReadLimits): Inward {
  const channel = names.ours(theirs);
  if (channel === undefined)
    return refuse("channel", "must be session:ID, agent:NAME, user:ID or global after the prefix");
  if (payload.length > limits.frameBytes) return refuse("size", `must have at most ${limits.frameBytes} bytes`);
  let text: string;
  try {
    text = utf8.decode(payload);
  } catch {
    return refuse("text", "must be UTF-8");
  }
  const read = readMessage(text, limits);
  if (!read.ok) return refuse(read.path === "/type" ? "type" : "form", `${read.path} ${read.rule}`.trim());
  const { all } = read.members;
  if (Object.hasOwn(all, ownMark)) return refuse("own", "a gateway wrote it");
  const { type: named, timestamp: when, data: given, id, session_id, ...others } = all;
  const timestamp = typeof when === "string" ? readTime(when) : undefined;
  if (timestamp === undefined && when !== undefined && when !== null) {
    return refuse("timestamp", "/timestamp must be an ISO 8601 time from 1970 on");
  }
  const sessionId = typeof session_id === "string" && session_id !== "" ? session_id : undefined;
  const event = eventOf(read.type, Object.hasOwn(all, "data") ? given : {}, channel, sessionId);
  if (event === undefined) return refuse("type", "/type must be a name such as session_status_changed");
  const { type, data } = event;
  // What has no place in an event is kept beside it.
  const beside = {
    ...(type === named ? {} : { type: named }),
    ...(Object.hasOwn(all, "session_id") ? { session_id } : {}),
    ...others,
  };
  const draft = {
    ...(typeof id === "string" && idForm.test(id) ? { id } : {}),
    type,
    ...(timestamp === undefined ? {} : { timestamp }),
    channel,
    data,
    metadata: { source, ...(Object.keys(beside).length === 0 ? {} : { webgui: beside }) },
  };
  const decoded = decodeValue(draft, limits);
  return decoded.ok ? { ok: true, draft } : refuse("form", `${decoded.path} ${decoded.rule}`.trim());
}

const refuse = (reason: Reason, rule: string): Inward => ({ ok: false, reason, rule });
