/** Waiting, for a bounded time, until something is published in a channel. */
import type { Outbox, Principal } from "@signalbox/core";
import type { Message, Position, SubscriptionUpdate } from "@signalbox/protocol";
import { guard } from "../guard.ts";
import type { Node } from "../node.ts";

interface Wait {
  channel: string;
  since: Position;
  types: readonly string[] | undefined;
  waitMs: number;
  principal: Principal;
  address: string | undefined;
  /** Aborted: the one who asked has gone. */
  signal: AbortSignal;
}

/** Resolves at the next publication after `since`, or at anything else that a new look would tell. */
export function waitForNews(
  node: Node,
  { channel, since, types, waitMs, principal, address, signal }: Wait,
): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(deadline);
      signal.removeEventListener("abort", finish);
      guard(node.log, "while ending a wait", () => session.closed());
      resolve();
    };
    // The hub is in the middle of handing out: what follows is left to the next turn.
    const soon = (): void => void setImmediate(finish);
    const outbox: Outbox = {
      waitingBytes: 0,
      publication: soon,
      states: soon,
      control: (message) => {
        if (isNews(message)) soon();
      },
      close: soon,
    };
    const deadline = setTimeout(finish, waitMs);
    signal.addEventListener("abort", finish);
    const session = node.tenants.of(principal).hub.open(outbox, principal, { transport: "wait", address });
    session.accept([
      { type: "subscribe", data: { channel, since, ...(types === undefined ? {} : { filter: { types } }) } },
    ]);
  });
}

function isNews({ type, data }: Message): boolean {
  if (type === "auth_expiring") return false;
  if (type !== "subscription_update") return true;
  const { state, gap } = data as SubscriptionUpdate;
  return state !== "subscribed" || gap !== undefined;
}

/** Aborted when the response's connection is gone. */
export function abortSignal(response: NodeJS.EventEmitter): AbortSignal {
  const controller = new AbortController();
  response.once("close", () => controller.abort());
  return controller.signal;
}
