/** The first to see a request, before routing, authentication and allocation: names, query, encoding, base headers. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { errorData } from "@signalbox/core";
import type { ErrorData } from "@signalbox/protocol";
import { tokenParameter } from "../auth/credentials.ts";
import type { Connections } from "./connections.ts";
import type { Door } from "./door.ts";
import { sendError } from "./errors.ts";

/** The dashboard's own files are all a page may use; agents' text can never become script. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "form-action 'self'",
  "require-trusted-types-for 'script'",
].join("; ");

const baseHeaders: ReadonlyArray<readonly [string, string]> = [
  ["content-security-policy", contentSecurityPolicy],
  ["cross-origin-opener-policy", "same-origin"],
  ["cross-origin-resource-policy", "same-origin"],
  ["referrer-policy", "no-referrer"],
  ["x-content-type-options", "nosniff"],
  // Routes that serve files say otherwise.
  ["cache-control", "no-store"],
];

/** Query parameters that people put tokens in. What is in a URL ends up in logs, histories and Referer headers. */
const tokenParameters: ReadonlySet<string> = new Set(
  "token access_token accesstoken auth auth_token authtoken authorization api_key apikey api-key bearer jwt id_token secret password".split(
    " ",
  ),
);

const headersPerRequest = 100;

/** Of these Node keeps the first and drops the others; a proxy before it may have judged by the last. */
const onceOnly: ReadonlySet<string> = new Set(["host", "authorization", "content-type"]);

/** Browsers stay with https for a year. Not on localhost, where it would bind every other server of that machine too. */
const strictTransport = "max-age=31536000";
const localName = /^(.*\.)?localhost(:|$)/i;

type Handler = (request: IncomingMessage, response: ServerResponse) => void;
export type OnRefused = (error: ErrorData, request: IncomingMessage) => void;

/** Whether another node passes a request on, and has looked at its Host and Origin; an error: somebody claims that. */
export interface OtherNodes {
  accept(request: IncomingMessage): boolean | ErrorData;
}

/** What is wrong with a request, told from its first lines alone. `forward`: where there are other nodes. */
export function refuseRequest(door: Door, request: IncomingMessage, forward?: OtherNodes): ErrorData | undefined {
  const isPassedOn = forward?.accept(request) ?? false;
  if (typeof isPassedOn === "object") return isPassedOn;
  return (
    (isPassedOn ? undefined : door.refuse(request.headers, request.socket.remoteAddress)) ??
    refuseHeaders(request) ??
    refuseTarget(request.url ?? "", door.queryToken) ??
    refuseEncoding(request)
  );
}

interface FrontOptions {
  door: Door;
  connections: Connections;
  forward: OtherNodes | undefined;
  onRefused: OnRefused;
}

export function front({ door, connections, forward, onRefused }: FrontOptions, handler: Handler): Handler {
  return (request, response) => {
    // Cut off for what came before it in the same segment.
    if (request.socket.destroyed) return;
    // A response may fail at any time once its reader is gone; whoever writes it sees `close`.
    request.on("error", ignore);
    response.on("error", ignore);
    for (const [name, value] of baseHeaders) response.setHeader(name, value);
    if (door.tls && !localName.test(request.headers.host ?? "")) {
      response.setHeader("strict-transport-security", strictTransport);
    }
    const error = connections.refuse(request.socket) ?? refuseRequest(door, request, forward);
    if (error !== undefined) {
      onRefused(error, request);
      // The body was not read: the connection cannot be used again.
      response.shouldKeepAlive = false;
      sendError(response, error);
      return;
    }
    const origin = door.foreignOrigin(request.headers);
    if (origin !== undefined) {
      allowOrigin(response, origin);
      if (request.method === "OPTIONS") {
        response.writeHead(204);
        response.end();
        return;
      }
    }
    handler(request, response);
  };
}

function refuseHeaders({ rawHeaders }: IncomingMessage): ErrorData | undefined {
  // Names and values take turns.
  if (rawHeaders.length / 2 > headersPerRequest) return invalid("/headers", `must be at most ${headersPerRequest}`);
  const seen = new Set<string>();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]?.toLowerCase() ?? "";
    if (!onceOnly.has(name)) continue;
    if (seen.has(name)) return invalid(`/headers/${name}`, "must be there once");
    seen.add(name);
  }
  return undefined;
}

function refuseTarget(url: string, queryToken: boolean): ErrorData | undefined {
  if (!url.startsWith("/")) return invalid("", "must ask for a path that begins with /");
  const query = url.indexOf("?");
  if (query < 0) return undefined;
  for (const name of new URLSearchParams(url.slice(query + 1)).keys()) {
    if (tokenParameters.has(name.toLowerCase()) && !(queryToken && name === tokenParameter)) {
      return invalid(
        `/query/${name}`,
        "must not be in the query, where it would be logged: send Authorization: Bearer TOKEN, or a ticket of POST /v1/tickets",
      );
    }
  }
  return undefined;
}

/** A compressed body may be a bomb; nobody needs to send one. With several codings, two could disagree where it ends. */
function refuseEncoding(request: IncomingMessage): ErrorData | undefined {
  const coding = request.headers["transfer-encoding"];
  if (coding !== undefined && coding.toLowerCase() !== "chunked") {
    return invalid("/headers/transfer-encoding", "must be chunked or left out");
  }
  // Spaces that only some take for spaces.
  if (/[^\t -~]/.test(request.headers["content-type"] ?? "")) {
    return errorData("unsupported_media_type", "a media type is plain ASCII");
  }
  const encoding = request.headers["content-encoding"];
  if (encoding === undefined || encoding.toLowerCase() === "identity") return undefined;
  return errorData("unsupported_media_type", "content encodings are not accepted");
}

const invalid = (path: string, rule: string): ErrorData =>
  errorData("invalid_message", `${path || "the request"} ${rule}`, { path, rule });

function allowOrigin(response: ServerResponse, origin: string): void {
  response.setHeader("access-control-allow-origin", origin);
  response.setHeader("vary", "origin");
  response.setHeader("access-control-allow-methods", "GET, POST, PUT, DELETE");
  response.setHeader("access-control-allow-headers", "authorization, content-type, last-event-id");
  response.setHeader("access-control-expose-headers", "date, retry-after");
  response.setHeader("access-control-max-age", "600");
}

const ignore = (): void => {};
