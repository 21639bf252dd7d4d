/** From an upgrade request to who asks and what to answer, before anything is allocated for a connection. */
import type { IncomingMessage } from "node:http";
import { errorData } from "@signalbox/core";
import type { ErrorData } from "@signalbox/protocol";
import { bearerToken, offeredProtocols, protocolName } from "../../auth/tokens.ts";

export type Upgrade = { ok: true } | { ok: false; error: ErrorData };

export function readUpgrade({ headers }: IncomingMessage): Upgrade {
  const header = bearerToken(headers);
  if ("wrong" in header) return { ok: false, error: errorData("unauthenticated", header.wrong) };
  const { names, found } = offeredProtocols(headers);
  if ("wrong" in found) return invalid(found.wrong);
  // Clients that offer nothing get version 1; those that offer something else speak another protocol.
  if (names.length > 0 && !names.includes(protocolName)) {
    return invalid(`the subprotocol ${protocolName} must be among those offered`);
  }
  return { ok: true };
}

const invalid = (rule: string): Upgrade => ({
  ok: false,
  error: errorData("invalid_message", rule, { path: "/headers/sec-websocket-protocol", rule }),
});
