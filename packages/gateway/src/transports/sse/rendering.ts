/** What a subscription's deliveries look like as Server-Sent Events that any EventSource can resume. */
import type { SharedPublication } from "@signalbox/core";
import { formatPosition, type Message, type Position, type SubscriptionUpdate } from "@signalbox/protocol";
import { sseRetry, sseText } from "../event-stream.ts";
import type { Rendering } from "../viewer.ts";

/** Makes the `id:` after a channel has come to a position. */
export type IdOf = (channel: string, position: Position) => string;

export const positionId: IdOf = (_channel, position) => formatPosition(position);

export function eventSourceRendering(idOf: IdOf, retryMs: number): Rendering {
  return {
    opening: () => sseRetry(retryMs),
    publication: (publication) => sseText({ id: publicationId(publication, idOf), data: publication.json }),
    control: (message) => controlText(message, idOf),
  };
}

/** An event without a position must not move the cursor. */
function publicationId({ channel, epoch, offset }: SharedPublication, idOf: IdOf): string | undefined {
  return offset === 0 ? undefined : idOf(channel, { epoch, offset });
}

function controlText(message: Message, idOf: IdOf): string {
  const data = JSON.stringify(message);
  if (message.type === "subscription_update") {
    const { channel, epoch, offset, state, gap } = message.data as SubscriptionUpdate;
    // A pattern as a whole has no position.
    const id = epoch === "" ? undefined : idOf(channel, { epoch, offset });
    if (state === "gap") return sseText({ event: "gap", id, data });
    const update = sseText({ event: "subscription_update", id, data });
    return gap === undefined ? update : sseText({ event: "gap", id, data }) + update;
  }
  if (message.type === "disconnect") {
    const { reconnectAfterMs } = message.data as { reconnectAfterMs?: number };
    return (reconnectAfterMs === undefined ? "" : sseRetry(reconnectAfterMs)) + sseText({ event: "disconnect", data });
  }
  return sseText({ event: message.type, data });
}
