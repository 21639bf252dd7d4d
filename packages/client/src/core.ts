/**
 * `@signalbox/client/core`: follows channels and resumes, over the transports it is given, and no byte more. Publishing,
 * folded stores and the HTTP API are in the whole client.
 */
import { Access } from "./access.ts";
import { type Core, LiveCore } from "./live-core.ts";
import { realOutside } from "./outside.ts";
import type { Transport } from "./transport.ts";
import type { ClientOptions } from "./types.ts";

export type { Core } from "./live-core.ts";
export { pollTransport } from "./transports/poll.ts";
export { sseTransport } from "./transports/sse.ts";
export { websocketTransport } from "./transports/websocket.ts";

export interface CoreOptions extends Pick<ClientOptions, "url" | "token" | "name" | "backoff" | "reconnect"> {
  /** Best first, such as `[websocketTransport(WebSocket)]`. */
  transports: readonly Transport[];
}

/** Connects when it is first needed. */
export const createCore = (options: CoreOptions): Core =>
  new LiveCore({
    ...options,
    ladder: options.transports.find(({ ladder }) => ladder)?.ladder?.(options.transports),
    access: new Access(options, fetch),
    outside: realOutside(),
  });
