/** What the gateway said to `POST /v1/events`, decoded. */
import { type ErrorData, type ErrorName, errorCodes, type Position } from "@signalbox/protocol";

/** One event's fate: kept (now or before), and where if that is known; or refused. */
export type Fate = { ok: true; position?: Position } | { ok: false; error: ErrorData };

export type Answer =
  /** One fate per event, in order. */
  | { kind: "results"; fates: Fate[] }
  /** The request as a whole failed. */
  | { kind: "refused"; error: ErrorData }
  /** Not an answer of a gateway: a proxy's page, a torn body. */
  | { kind: "unreadable"; why: string };

/** `sent`: how many events were in the request; an answer about another number is no answer to it. */
export function decodeAnswer(status: number, body: string, sent: number): Answer {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return { kind: "unreadable", why: `HTTP ${status} without JSON` };
  }
  if (!isObject(value)) return { kind: "unreadable", why: `HTTP ${status} without an object` };
  if (Array.isArray(value.results)) {
    if (value.results.length !== sent) {
      return { kind: "unreadable", why: `${value.results.length} results for ${sent} events` };
    }
    return { kind: "results", fates: value.results.map(decodeFate) };
  }
  const error = decodeError(value.error);
  return error === undefined
    ? { kind: "unreadable", why: `HTTP ${status} with neither results nor an error` }
    : { kind: "refused", error };
}

/** Milliseconds the gateway asked to wait, at most a minute. */
export function retryAfterMs(error: ErrorData): number {
  const asked = error.details?.retryAfterMs;
  return typeof asked === "number" && asked > 0 ? Math.min(asked, 60_000) : 0;
}

function decodeFate(result: unknown): Fate {
  if (!isObject(result)) return { ok: false, error: unreadableResult };
  if (result.error === undefined) return keptAt(result);
  return { ok: false, error: decodeError(result.error) ?? unreadableResult };
}

function keptAt({ epoch, offset }: Record<string, unknown>): Fate {
  const isKnown = typeof epoch === "string" && typeof offset === "number";
  return isKnown ? { ok: true, position: { epoch, offset } } : { ok: true };
}

export function decodeError(error: unknown): ErrorData | undefined {
  if (!isObject(error) || typeof error.name !== "string") return undefined;
  const text = (value: unknown, otherwise: string): string => (typeof value === "string" ? value : otherwise);
  const decoded: ErrorData = {
    name: error.name as ErrorName,
    number: typeof error.number === "number" ? error.number : 0,
    message: text(error.message, error.name),
    temporary: error.temporary === true,
    help: text(error.help, ""),
  };
  return isObject(error.details) ? { ...decoded, details: error.details } : decoded;
}

const unreadableResult: ErrorData = {
  name: "internal",
  ...errorCodes.internal,
  message: "The gateway's answer could not be read.",
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
