/** What others published between the position a message expects and the channel's head. */
import type { Position, Publication } from "@signalbox/protocol";
import { GatewayError } from "../errors.ts";
import type { Client } from "../types.ts";
import type { Conflict, Kept } from "./records.ts";

/** Looked through at the most: beyond that somebody has to look. */
const most = 1_000;
const page = 250;
/** Kept to be shown. */
const shown = 20;

interface History {
  epoch: string;
  events: Publication[];
  next: string;
  gap?: unknown;
}

/**
 * `undefined`: nothing is in its way, so that it may be sent as it is with the head as it is now. What the queue itself
 * published is not in the way. Rejects when the gateway could not be asked now.
 */
export async function conflictOf(
  client: Pick<Client, "request">,
  { draft, expected, same }: Kept,
  head: Position,
  own: string,
): Promise<Conflict | undefined> {
  const inTheWay = (event: Publication): boolean =>
    event.metadata?.producer?.id !== own && (!same || isAbout(event, draft, same));
  const theirs: Publication[] = [];
  const near = expected && expected.epoch === head.epoch && head.offset - expected.offset <= most;
  let more = !near;
  let at = near ? expected : head;
  while (at.offset < head.offset) {
    const path = `/v1/channels/${encodeURIComponent(draft.channel)}/events?since=${at.epoch}:${at.offset}&limit=${page}`;
    const answer = await read(client, path);
    const between = answer?.events.filter(({ offset }) => offset <= head.offset) ?? [];
    theirs.push(...between.filter(inTheWay));
    const last = answer?.events.at(-1);
    // Trimmed meanwhile, of another epoch, or not for these eyes.
    if (!last || answer?.gap || answer?.epoch !== head.epoch) {
      more = true;
      break;
    }
    at = { epoch: head.epoch, offset: last.offset };
  }
  if (!more && theirs.length === 0) return undefined;
  return { head, theirs: theirs.slice(-shown), more: more || theirs.length > shown };
}

/** `undefined` where this token may not read it. */
async function read(client: Pick<Client, "request">, path: string): Promise<History | undefined> {
  try {
    return await client.request<History>(path);
  } catch (error) {
    if (error instanceof GatewayError && !error.temporary) return undefined;
    throw error;
  }
}

const isAbout = (event: Publication, draft: Kept["draft"], same: readonly string[]): boolean =>
  event.type === draft.type && same.every((name) => textOf(event.data, name) === textOf(draft.data, name));

const textOf = (data: unknown, name: string): string | undefined =>
  typeof data === "object" && data !== null && Object.hasOwn(data, name)
    ? JSON.stringify(Reflect.get(data, name))
    : undefined;
