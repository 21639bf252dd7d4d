/** What `useWebSocket(url, options)` of React shows: is there a link, the newest message, sending, subscribing. */
import type { Draft, Publication } from "@signalbox/protocol";
import type { SubscriptionConfig } from "../event-subscriber.ts";
import { clockOf } from "../passenger.ts";
import { type Listeners, makeListeners, run } from "../readable.ts";
import type { Client, Published, Readable } from "../types.ts";
import type { ClientSource } from "./held-client.ts";
import { watchConfig } from "./subscription-config.ts";

export interface MessagesView {
  isConnected: boolean;
  /** The newest of what was subscribed to; messages that arrive together are shown as the last of them. */
  lastMessage: Publication | null;
  /** Why there is no connection, or why a subscription or a message was refused; null while all is well. */
  error: string | null;
}

/** Connected while it has listeners. */
export interface Messages extends Readable<MessagesView> {
  /** `handler` gets each message, also those that `lastMessage` skips. Ends with what it returns, or with the last listener. */
  follow(config: SubscriptionConfig, handler?: (message: Publication) => void): () => void;
  /** Publishes an event; resolves once it is kept. */
  send(message: Draft): Promise<Published>;
}

export const noMessages: MessagesView = { isConnected: false, lastMessage: null, error: null };

interface Following {
  begin(client: Client): void;
  end(): void;
}

export function messages(source: ClientSource): Messages {
  const followings = new Set<Following>();
  let held: (ReturnType<ClientSource["hold"]> & { unlisten: () => void }) | undefined;
  let listeners: Listeners | undefined;
  let shown = noMessages;
  let lastMessage: Publication | null = null;
  let refused: string | null = null;

  const refuse = (message: string | null): void => {
    refused = message;
    listeners?.changed();
  };

  const begin = (): void => {
    const { client, release } = source.hold();
    listeners ??= makeListeners(clockOf(client));
    const { changed } = listeners;
    held = { client, release, unlisten: client.link.subscribe(changed) };
    for (const following of followings) following.begin(client);
    changed();
  };

  const end = (): void => {
    for (const following of followings) following.end();
    followings.clear();
    held?.unlisten();
    held?.release();
    held = undefined;
    lastMessage = refused = null;
  };

  return {
    snapshot() {
      const link = source.peek()?.link.snapshot();
      const isConnected = link?.state === "live";
      const error = refused ?? (isConnected ? null : (link?.reason?.help ?? null));
      const same = shown.isConnected === isConnected && shown.lastMessage === lastMessage && shown.error === error;
      if (!same) shown = { isConnected, lastMessage, error };
      return shown;
    },
    subscribe(listener) {
      if (!held) begin();
      const remove = listeners?.add(listener);
      return () => {
        remove?.();
        if (!listeners?.size() && held) end();
      };
    },
    follow(config, handler) {
      let stop: (() => void) | undefined;
      const following: Following = {
        begin(client) {
          const take = (message: Publication): void => {
            lastMessage = message;
            listeners?.changed();
            if (handler) run(() => handler(message));
          };
          stop = watchConfig(client, config, take, refuse).stop;
        },
        end: () => stop?.(),
      };
      followings.add(following);
      // A view inside another one subscribes before that one is mounted.
      if (held) following.begin(held.client);
      return () => {
        following.end();
        followings.delete(following);
      };
    },
    async send(message) {
      const client = held?.client ?? source.peek();
      if (!client) throw new Error("Nothing is connected: send from an effect or an event handler of a mounted view.");
      return client.publish(message);
    },
  };
}
