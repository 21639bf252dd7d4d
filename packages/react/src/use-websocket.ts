import type { ClientOptions } from "@signalbox/client";
import { type Messages, type MessagesView, messages, noMessages, sharedClients } from "@signalbox/client/bindings";
import { useMemo } from "react";
import { useProvided } from "./provider.ts";
import { useReadable } from "./use-readable.ts";

export type WebSocketOptions = Omit<ClientOptions, "url">;

export interface WebSocketState extends MessagesView {
  /** Publishes an event; resolves once it is kept. Without a link it waits for one. */
  sendMessage: Messages["send"];
  /** For an effect: returns what ends it. What was not ended ends with the component. */
  subscribe: Messages["follow"];
}

/**
 * One connection to a gateway, shared by all components that name the same `url` and `token`; below a provider with that url
 * it is the provider's, and needs no token.
 */
export function useWebSocket(url: string, options: WebSocketOptions = {}): WebSocketState {
  const provided = useProvided();
  const source = provided?.url === url && options.token === undefined ? provided.source : undefined;
  const token = typeof options.token === "function" ? "function" : options.token;
  // biome-ignore lint/correctness/useExhaustiveDependencies: options written in place are new each time.
  const store = useMemo(() => messages(source ?? sharedClients({ ...options, url })), [source, url, token]);
  const view = useReadable(store, noMessages);
  return useMemo(() => ({ ...view, sendMessage: store.send, subscribe: store.follow }), [view, store]);
}
