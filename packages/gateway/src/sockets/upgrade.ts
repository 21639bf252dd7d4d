/** From an upgrade request to who asks, before anything is allocated for a connection. */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { errorData, type Failure, hasFailed, type Principal } from "@signalbox/core";
import type { ErrorData } from "@signalbox/protocol";
import type { Credential } from "../auth/credentials.ts";
import { bearerToken, offeredProtocols } from "../auth/tokens.ts";
import { guard } from "../guard.ts";
import { addressOf } from "../http/address.ts";
import { refuseUpgrade } from "../http/upgrades.ts";
import type { Node } from "../node.ts";

type Upgrade = { ok: true } | { ok: false; error: ErrorData };

/** `protocol`: the subprotocol that is spoken at this address. */
function readUpgrade({ headers }: IncomingMessage, protocol: string): Upgrade {
  const header = bearerToken(headers);
  if ("wrong" in header) return { ok: false, error: errorData("unauthenticated", header.wrong) };
  const { names, found } = offeredProtocols(headers);
  if ("wrong" in found) return invalid(found.wrong);
  // Clients that offer nothing get the only version there is; those that offer something else speak another protocol.
  if (names.length > 0 && !names.includes(protocol)) {
    return invalid(`the subprotocol ${protocol} must be among those offered`);
  }
  return { ok: true };
}

/** The token, ticket or cookie of an upgrade; undefined if it brings none, and when the upgrade was refused for what it brings. */
export function findCredential(
  request: IncomingMessage,
  socket: Duplex,
  node: Node,
  protocol: string,
): { found: Credential | undefined } | undefined {
  const upgrade = readUpgrade(request, protocol);
  if (!upgrade.ok) {
    refuseUpgrade(socket, upgrade.error);
    return undefined;
  }
  const found = node.access.find(request);
  if (found?.what !== "wrong") return { found };
  noteAndRefuse(request, socket, node, found.error);
  return undefined;
}

/** Calls `open` with whom the credential speaks for, or refuses the upgrade. */
export function admitUpgrade(
  request: IncomingMessage,
  socket: Duplex,
  node: Node,
  credential: Credential,
  open: (principal: Principal) => void,
): void {
  const address = addressOf(request, node);
  const refuse = ({ failed, message, details }: Failure): void =>
    noteAndRefuse(request, socket, node, errorData(failed, message, details));
  node.access.admit(credential, { address, page: node.pageOf(request) }, (answer) => {
    if (socket.destroyed) return;
    if (hasFailed(answer)) {
      refuse(answer);
      return;
    }
    const full = node.tenants.of(answer).hub.connected.full(answer);
    if (full !== undefined) refuse(full);
    else
      guard(
        node.log,
        "in an upgrade",
        () => open(answer),
        () => socket.destroy(),
      );
  });
}

export function noteAndRefuse(request: IncomingMessage, socket: Duplex, node: Node, error: ErrorData): void {
  node.refusals.note(error.name, error.message, addressOf(request, node));
  refuseUpgrade(socket, error);
}

const invalid = (rule: string): Upgrade => ({
  ok: false,
  error: errorData("invalid_message", rule, { path: "/headers/sec-websocket-protocol", rule }),
});
