/** From an event that was kept to a message for those who know webgui channels only (S§5.4). Pure. */
import { type Message, matchesPattern } from "@signalbox/protocol";
import { deliveryOf } from "@signalbox/protocol/schemas";
import { isoTime } from "../iso-time.ts";
import { membersIn } from "../members.ts";
import { ownMark, source } from "./inward.ts";
import type { Names } from "./names.ts";

export interface Written {
  channel: string;
  text: string;
}

interface Kept {
  readonly channel: string;
  readonly epoch: string;
  readonly offset: number;
  message(): Message;
}

/** Frames and gauges are not for them, nor is what the configuration leaves out. */
export const isWanted = (channel: string, type: string, patterns: readonly string[]): boolean =>
  patterns.some((pattern) => matchesPattern(pattern, channel)) && deliveryOf(type) !== "latest";

/** `undefined`: it is not written. What came in from a webgui channel is not: who reads them had it before we did. */
export function writeWebgui(publication: Kept, names: Names): Written | undefined {
  const { channel, epoch, offset } = publication;
  const theirs = names.theirs(channel);
  if (theirs === undefined || offset === 0) return undefined;
  const { id, type, timestamp, data, metadata } = publication.message();
  if (metadata?.source === source) return undefined;
  const message = {
    type,
    timestamp: isoTime(timestamp),
    session_id: sessionOf(channel, data),
    data,
    [ownMark]: { id, channel, epoch, offset },
  };
  return { channel: theirs, text: JSON.stringify(message) };
}

/** Null where nobody said which session it is about: a member that is there spares its readers a question. */
function sessionOf(channel: string, data: unknown): string | null {
  if (channel.startsWith("session:")) return channel.slice("session:".length);
  return membersIn(data).firstText("sessionId", "session_id") ?? null;
}
