/** The border: what the gateway sent becomes messages. The only place that asserts types. */
import type { ErrorData, Message, Position, Publication, PublishResult } from "@signalbox/protocol";
import type { Problem } from "./types.ts";

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

/** One message or an array of them; what is neither an event nor has data to read is left out. */
function decodeMessages(value: unknown): Message[] {
  const values: unknown[] = Array.isArray(value) ? value : [value];
  return values.filter(
    (each): each is Message =>
      isObject(each) && typeof each.type === "string" && (typeof each.channel === "string" || isObject(each.data)),
  );
}

/** The same from text; nothing when it is not JSON. */
export function decodeText(text: unknown): Message[] {
  try {
    return decodeMessages(JSON.parse(String(text)));
  } catch {
    return [];
  }
}

/** The data of a control message; its `type` says which it is. */
export const dataOf = <Data>(message: Message): Data => message.data as Data;

/** Only events have a channel beside their data. Ephemeral ones have no offset. */
export const isPublication = (message: Message): message is Publication => message.channel !== undefined;

/** The answer to `POST /v1/events`. */
export const decodeResults = (body: unknown): PublishResult[] | undefined =>
  isObject(body) && Array.isArray(body.results) ? body.results : undefined;

/** The answer to `POST /v1/poll`. */
export const decodeAnswer = (body: unknown): Message[] | undefined =>
  isObject(body) && Array.isArray(body.messages) ? decodeMessages(body.messages) : undefined;

/** The error of an HTTP answer, if a gateway wrote it. */
export const decodeProblem = (body: unknown): Problem | undefined =>
  isObject(body) && isObject(body.error) && typeof body.error.name === "string"
    ? (body.error as unknown as Problem)
    : undefined;

/** Milliseconds the gateway asks to wait. */
export function retryAfterMs({
  details,
}: {
  details?: Readonly<Record<string, unknown>> | undefined;
}): number | undefined {
  const asked = details?.retryAfterMs;
  return typeof asked === "number" && asked > 0 ? asked : undefined;
}

/** Which channel an error is about, and, with `position_beyond_head`, where that really ends. */
export function placeOf({ details = {} }: ErrorData): { channel: string | undefined; head: Position } {
  const { channel, epoch, offset } = details;
  return {
    channel: typeof channel === "string" ? channel : undefined,
    head: { epoch: String(epoch), offset: Number(offset) },
  };
}
