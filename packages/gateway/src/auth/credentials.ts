/** What a request brings to say who it is: a token, a ticket, or a cookie of somebody else's session. */
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { errorData } from "@signalbox/core";
import type { ErrorData } from "@signalbox/protocol";
import { bearerToken, offeredProtocols } from "./tokens.ts";

export type Credential =
  | { what: "token"; token: string }
  | { what: "ticket"; ticket: string }
  | { what: "cookie"; value: string };

/** `undefined`: none. `wrong`: something that is none, or two that differ. */
export type Found = Credential | { what: "wrong"; error: ErrorData } | undefined;

export interface CredentialRules {
  /** Long-lived tokens in the query, against better advice. */
  queryToken: boolean;
  cookie: ((header: string | undefined) => string | undefined) | undefined;
}

const severalRule = "must bring one token or ticket, not several";
const several = errorData("invalid_message", `the request ${severalRule}`, { path: "", rule: severalRule });

const ticketParameter = "ticket";
export const tokenParameter = "access_token";

export function findCredential({ headers, method, url = "" }: IncomingMessage, rules: CredentialRules): Found {
  const header = bearerToken(headers);
  if ("wrong" in header) return { what: "wrong", error: errorData("unauthenticated", header.wrong) };
  const { found: offered } = offeredProtocols(headers);
  if ("wrong" in offered) return { what: "wrong", error: errorData("unauthenticated", offered.wrong) };
  const query = queryOf(url);
  const tickets = query?.getAll(ticketParameter) ?? [];
  const tokens = rules.queryToken ? (query?.getAll(tokenParameter) ?? []) : [];
  const given = new Set([header.token, offered.token, ...tokens, ...tickets]);
  given.delete(undefined);
  if (given.size > 1) return { what: "wrong", error: several };
  const [ticket] = tickets;
  if (ticket !== undefined) return { what: "ticket", ticket };
  const token = header.token ?? offered.token ?? tokens[0];
  if (token !== undefined) return { what: "token", token };
  const value = isOfOwnPage(headers, method) ? rules.cookie?.(headers.cookie) : undefined;
  return value === undefined ? undefined : { what: "cookie", value };
}

/**
 * Browsers send cookies with whatever any page asks for: only a page that was named counts. Its Origin was checked at the
 * door; a page's own GET has none, but says where it comes from.
 */
function isOfOwnPage(headers: IncomingHttpHeaders, method: string | undefined): boolean {
  if (headers.origin !== undefined) return true;
  return (method === "GET" || method === "HEAD") && headers["sec-fetch-site"] === "same-origin";
}

function queryOf(url: string): URLSearchParams | undefined {
  const mark = url.indexOf("?");
  return mark < 0 ? undefined : new URLSearchParams(url.slice(mark + 1));
}
