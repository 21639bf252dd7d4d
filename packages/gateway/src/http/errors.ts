/** Errors as HTTP says them: one body, the status and headers of the table's row. */
import type { ServerResponse } from "node:http";
import { errorData, type Failure } from "@signalbox/core";
import { type ErrorData, type ErrorName, errorCodes } from "@signalbox/protocol";

/** Ends a request with a row of the error table. */
export class Refused extends Error {
  override name = "Refused";
  readonly error: ErrorData;

  constructor(error: ErrorData) {
    super(error.message);
    this.error = error;
  }
}

export const refused = (name: ErrorName, message: string, details?: Record<string, unknown>): Refused =>
  new Refused(errorData(name, message, details));

/** A rule that a request breaks; `path` is a JSON pointer into body, query or headers. */
export const broken = (path: string, rule: string): Refused =>
  refused("invalid_message", `${path || "the request"} ${rule}`, { path, rule });

export const refusedBy = ({ failed, message, details }: Failure): Refused => refused(failed, message, details);

/** Without a hint in details, a temporary error may be tried again after this. */
const retryAfterMs = 1_000;

export interface ErrorResponse {
  status: number;
  headers: Record<string, string>;
  /** JSON text. */
  body: string;
}

/** `more`: further members of the body beside `error`. */
export function errorResponse(error: ErrorData, more: Record<string, unknown> = {}): ErrorResponse {
  const headers: Record<string, string> = { "content-type": "application/json; charset=utf-8" };
  if (error.temporary) {
    const wait = error.details?.retryAfterMs;
    headers["retry-after"] = String(Math.ceil((typeof wait === "number" ? wait : retryAfterMs) / 1_000));
  }
  if (error.name === "unauthenticated") headers["www-authenticate"] = "Bearer";
  return { status: statusOf(error.name), headers, body: JSON.stringify({ error, ...more }) };
}

/** Names a newer gateway may know are not in this one's table. */
const statusOf = (name: ErrorName): number => errorCodes[name]?.http ?? 500;

/** Answers a response that nothing was written to yet. */
export function sendError(response: ServerResponse, error: ErrorData): void {
  const { status, headers, body } = errorResponse(error);
  response.writeHead(status, headers);
  response.end(body);
}
