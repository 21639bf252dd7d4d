/** All that a whole client uses unless a test gives it something else. */
import { type Outside, realOutside } from "./outside.ts";
import type { Codec, Transport } from "./transport.ts";
import { pollTransport } from "./transports/poll.ts";
import { sseTransport } from "./transports/sse.ts";
import { websocketTransport } from "./transports/websocket.ts";

export interface Deps extends Outside {
  /** Best first. */
  transports: readonly Transport[];
  fetch: typeof fetch;
}

export const defaultDeps = (codec?: Codec): Deps => ({
  ...realOutside(),
  transports: [websocketTransport(WebSocket, codec), sseTransport, pollTransport],
  fetch,
});
