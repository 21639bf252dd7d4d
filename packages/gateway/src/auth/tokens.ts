/** Where a token may be in a request: the Authorization header, or a WebSocket subprotocol. Never the query. */
import type { IncomingHttpHeaders } from "node:http";

/** A header that is there but is not a token; what to send instead. */
export type FoundToken = { token: string | undefined } | { wrong: string };

export const protocolName = "signalbox.v1";
const plainPrefix = "signalbox.token.";
const encodedPrefix = "signalbox.token64.";
/** A JWT with many claims fits. */
const protocolsLength = 8_192;

export function bearerToken(headers: IncomingHttpHeaders): FoundToken {
  const { authorization } = headers;
  if (authorization === undefined) return { token: undefined };
  const [, token] = /^Bearer +([!-~]+)$/i.exec(authorization) ?? [];
  return token === undefined ? { wrong: "Authorization must be: Bearer TOKEN" } : { token };
}

/** The subprotocols a client offers, and the token among them. */
export function offeredProtocols(headers: IncomingHttpHeaders): { names: string[]; found: FoundToken } {
  const header = headers["sec-websocket-protocol"] ?? "";
  if (header.length > protocolsLength) {
    return { names: [], found: { wrong: `Sec-WebSocket-Protocol must have at most ${protocolsLength} characters` } };
  }
  const names = header === "" ? [] : header.split(",").map((name) => name.trim());
  const plain = names.find((name) => name.startsWith(plainPrefix));
  if (plain !== undefined) return { names, found: { token: plain.slice(plainPrefix.length) } };
  const encoded = names.find((name) => name.startsWith(encodedPrefix));
  if (encoded === undefined) return { names, found: { token: undefined } };
  const token = Buffer.from(encoded.slice(encodedPrefix.length), "base64url").toString("utf8");
  return { names, found: { token } };
}
