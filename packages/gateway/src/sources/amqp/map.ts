/** From a delivery of AMQP 0-9-1 to a message of ours, or the reason why not (S§6). Pure. */
import { createHash } from "node:crypto";
import { errorData } from "@signalbox/core";
import { type Draft, decodeValue, type ErrorData, isChannel, type Limits, refuseOutline } from "@signalbox/protocol";
import type { EventFormat } from "../source.ts";

/** What was published, and the properties that mean something here. */
export interface Delivery {
  readonly body: Uint8Array;
  readonly routingKey: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly contentType?: string | undefined;
  readonly contentEncoding?: string | undefined;
  readonly messageId?: string | undefined;
  readonly appId?: string | undefined;
  readonly correlationId?: string | undefined;
  readonly type?: string | undefined;
  /** Seconds since 1970. */
  readonly timestamp?: number | undefined;
  /** Tells it from all others where it has no message id; another one when it is delivered again after a reconnect. */
  readonly key: string;
}

export interface MapOptions {
  readonly limits: Limits;
  readonly namespaces: Readonly<Record<string, unknown>>;
  /** CloudEvents 1.0, structured. */
  readonly cloudEvent: EventFormat;
}

export type MappedDelivery = { ok: true; draft: Draft } | { ok: false; error: ErrorData };

type Body = Readonly<Record<string, unknown>>;

const utf8 = new TextDecoder("utf-8", { fatal: true });
const idPattern = /^[!-~]{1,128}$/;
/** What a text in metadata may have. */
const textLength = 256;

export function mapDelivery(delivery: Delivery, options: MapOptions): MappedDelivery {
  const read = readBody(delivery, options.limits);
  if ("error" in read) return { ok: false, error: read.error };
  const { value } = read;
  const isCloudEvent = delivery.contentType?.split(";")[0]?.trim() === options.cloudEvent.mediaType;
  const message =
    isCloudEvent || typeof value.specversion === "string" ? fromCloudEvent(value, options) : ours(value, delivery);
  if ("error" in message) return { ok: false, error: message.error };
  const decoded = decodeValue(withProperties(message.value, delivery, options), options.limits);
  const draft = decoded.ok ? decoded.drafts[0] : undefined;
  if (draft !== undefined) return { ok: true, draft };
  return { ok: false, error: decoded.ok ? broken("", "must be an event") : broken(decoded.path, decoded.rule) };
}

type Read = { value: Body } | { error: ErrorData };

const broken = (path: string, rule: string): ErrorData =>
  errorData("invalid_message", `${path || "the message"} ${rule}`, { path, rule });

function readBody({ body, contentEncoding = "" }: Delivery, limits: Limits): Read {
  // A few bytes of gzip can be gigabytes.
  if (!/^(|identity|utf-?8)$/i.test(contentEncoding)) return { error: broken("", "must not be encoded") };
  if (body.length > limits.frameBytes) {
    const details = { limitBytes: limits.frameBytes };
    return { error: errorData("payload_too_big", `a message has at most ${limits.frameBytes} bytes`, details) };
  }
  let text: string;
  try {
    text = utf8.decode(body);
  } catch {
    return { error: broken("", "must be UTF-8") };
  }
  // CloudEvents wrap data in members of their own; decodeValue is exact about what was in it.
  const most = { ...limits, jsonDepth: limits.jsonDepth + 1, jsonKeys: limits.jsonKeys + 100 };
  const outline = refuseOutline(text, most);
  if (outline !== undefined) return { error: broken(outline.path, outline.rule) };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { error: broken("", "must be JSON") };
  }
  if (Array.isArray(value)) return { error: broken("", "must be one event; send a message for each") };
  return typeof value === "object" && value !== null
    ? { value: value as Body }
    : { error: broken("", "must be an object") };
}

function fromCloudEvent(value: Body, { cloudEvent }: MapOptions): Read {
  const mapped = cloudEvent.map(value);
  if (!mapped.ok) return { error: broken(mapped.path, mapped.rule) };
  return { value: mapped.drafts[0] as Body };
}

/** An event has a type; where only the message has one, its body is the event's data. */
function ours(value: Body, { type }: Delivery): Read {
  if (value.type === undefined && type !== undefined) return { value: { type, data: value } };
  if (typeof value.timestamp !== "string") return { value };
  // The web GUI's document has ISO 8601 here.
  const ms = isoTime.test(value.timestamp) ? Date.parse(value.timestamp) : Number.NaN;
  return Number.isNaN(ms)
    ? { error: broken("/timestamp", "must be an ISO 8601 time, or milliseconds") }
    : { value: { ...value, timestamp: ms } };
}

/** With a zone: the gateway's own is nobody's business. Python's isoformat() of an aware time fits. */
const isoTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;

/** What the event does not say itself, its message may. */
function withProperties(event: Body, delivery: Delivery, options: MapOptions): Body {
  const { messageId, timestamp } = delivery;
  const { metadata = {} } = event;
  const channel = event.channel ?? channelOf(event, delivery, options);
  const ownId = event.id === undefined && messageId !== undefined && idPattern.test(messageId) ? messageId : undefined;
  return {
    ...event,
    ...(ownId === undefined ? {} : { id: ownId }),
    ...(event.timestamp === undefined && isTime(timestamp) ? { timestamp: timestamp * 1_000 } : {}),
    ...(channel === undefined ? {} : { channel }),
    metadata:
      typeof metadata === "object" && metadata !== null && !Array.isArray(metadata)
        ? about(metadata, delivery)
        : metadata,
  };
}

const isTime = (seconds: number | undefined): seconds is number =>
  Number.isSafeInteger(seconds) && Number(seconds) > 0 && Number.isSafeInteger(Number(seconds) * 1_000);

function about(metadata: object, { appId, correlationId, messageId, key }: Delivery): object {
  const of = (name: string, value: string | undefined): object =>
    value === undefined || value === "" || value.length > textLength || Object.hasOwn(metadata, name)
      ? {}
      : { [name]: value };
  // A producer's number tells a repeat already, unless the message has an id of its own.
  const own = messageId === undefined && Object.hasOwn(metadata, "producer") ? undefined : keyOf(appId, messageId, key);
  return { ...metadata, ...of("source", appId), ...of("correlationId", correlationId), ...of("idempotencyKey", own) };
}

/** A sender's ids are its own: others may count from 1 as well. */
function keyOf(appId = "", messageId = "", key: string): string {
  const text = messageId === "" ? `amqp-delivery ${key}` : `amqp ${appId} ${messageId}`;
  return text.length <= textLength ? text : createHash("sha256").update(text).digest("base64url");
}

/** `undefined`: the event's type and data say which. */
function channelOf(event: Body, { headers, routingKey }: Delivery, { namespaces }: MapOptions): unknown {
  const header = Object.hasOwn(headers, channelHeader) ? headers[channelHeader] : undefined;
  if (header !== undefined) return header;
  const named = channelOfKey(routingKey, namespaces);
  if (named !== undefined) return named;
  const session = typeof event.session_id === "string" ? `session:${event.session_id}` : undefined;
  return isChannel(session) ? session : undefined;
}

const channelHeader = "signalbox-channel";

/** `agent.coder-001` is `agent:coder-001`: the word before the first dot, if that is a namespace here, and all that follows. */
export function channelOfKey(key: string, namespaces: Readonly<Record<string, unknown>>): string | undefined {
  const dot = key.indexOf(".");
  if (dot < 0) return key === "global" ? key : undefined;
  const channel = `${key.slice(0, dot)}:${key.slice(dot + 1)}`;
  return Object.hasOwn(namespaces, key.slice(0, dot)) && isChannel(channel) ? channel : undefined;
}
