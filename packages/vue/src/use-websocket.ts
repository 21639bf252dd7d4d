import type { ClientOptions } from "@signalbox/client";
import {
  noSocket,
  type ProcessSockets,
  type ProcessSocketView,
  processSockets,
  sharedClients,
} from "@signalbox/client/bindings";
import { onScopeDispose } from "vue";
import { useProvided } from "./provide.ts";
import { type Refs, refsOf, useReadable } from "./use-readable.ts";
import { inBrowser } from "./while-mounted.ts";

export type WebSocketOptions = Omit<ClientOptions, "url">;

export type WebSocketState = Refs<ProcessSocketView> & Omit<ProcessSockets, "snapshot" | "subscribe">;

/**
 * A socket with the events of processes. The connection is shared by all components that name the same `url` and `token`;
 * below a component that provides one for that url it is that one, and needs no token. It ends with the component.
 */
export function useWebSocket(url: string, options: WebSocketOptions = {}): WebSocketState {
  const provided = useProvided();
  const source = provided?.url === url && options.token === undefined ? provided.source : undefined;
  const { snapshot, subscribe, connect, disconnect, emit, on } = processSockets(
    source ?? sharedClients({ ...options, url }),
  );
  const view = useReadable(() => ({ snapshot, subscribe }), noSocket);
  onScopeDispose(disconnect);
  return {
    ...refsOf(view),
    connect: () => {
      if (inBrowser()) connect();
    },
    disconnect,
    emit,
    on,
  };
}
