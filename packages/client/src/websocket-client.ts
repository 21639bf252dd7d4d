/**
 * `@signalbox/client/websocket`: the client as a class (S6), made of the parts that X8 names: event subscriber, streaming
 * receiver, command sender and reconnection handler, over one client of this package.
 */
import type { Position } from "@signalbox/protocol";
import { CommandSender, type Outbound } from "./command-sender.ts";
import type { CommandHandle, CommandOptions } from "./command-steps.ts";
import type { Deps } from "./defaults.ts";
import {
  type EventHandler,
  EventSubscriber,
  type MessageType,
  type SubscriptionConfig,
  type Unsubscribe,
} from "./event-subscriber.ts";
import { gatewayUrl } from "./gateway-url.ts";
import { createMeasuredClient, type Health } from "./health.ts";
import { stoppedBecause } from "./link-problem.ts";
import { ReconnectionHandler } from "./reconnection.ts";
import { type StreamingReceiver, type StreamOptions, stream } from "./streaming-receiver.ts";
import type { Client, ClientOptions, Readable } from "./types.ts";

export { CommandSender } from "./command-sender.ts";
export type {
  EventHandler,
  MessageType,
  SubscriptionConfig,
  Unsubscribe,
  WebSocketMessage,
} from "./event-subscriber.ts";
export { EventSubscriber } from "./event-subscriber.ts";
export type { Health } from "./health.ts";
export { ReconnectionHandler } from "./reconnection.ts";
export type { Received, StreamOptions } from "./streaming-receiver.ts";
export { StreamingReceiver } from "./streaming-receiver.ts";

/** `url` may also be written `ws(s)://…`, with the path of the WebSocket, or without a scheme. */
export type ClientConfig = ClientOptions;

export class WebSocketClient {
  /** Everything else there is: channel stores, presence, approvals … */
  readonly client: Client;
  readonly reconnection: ReconnectionHandler;
  readonly health: Readable<Health>;
  readonly #subscriber: EventSubscriber;
  readonly #sender: CommandSender;

  constructor(config: ClientConfig, deps: Partial<Deps> = {}) {
    const { client, health } = createMeasuredClient({ ...config, url: gatewayUrl(config.url) }, deps);
    this.client = client;
    this.health = health;
    this.reconnection = new ReconnectionHandler(client);
    this.#subscriber = new EventSubscriber(client);
    this.#sender = new CommandSender(client);
  }

  /** Resolves when the link is live; rejects with a GatewayError when nothing more is tried by itself. */
  connect(): Promise<void> {
    const { client, reconnection } = this;
    client.connect();
    return new Promise((resolve, reject) => {
      let stop = (): void => {};
      const look = (): void => {
        const { state } = reconnection.snapshot();
        if (state === "trying" || state === "waiting") return;
        stop();
        if (state === "connected") resolve();
        else reject(stoppedBecause(client.link.snapshot()));
      };
      stop = reconnection.subscribe(look);
      look();
    });
  }

  /** Calls the handler with each message of the type over all subscriptions, or with all for `*`. */
  on<Type extends MessageType>(eventType: Type, handler: EventHandler<Type>): Unsubscribe {
    return this.#subscriber.on(eventType, handler);
  }

  /** Resolves with the subscription's id once the gateway began it; it lasts over lost links. */
  subscribe(subscription: SubscriptionConfig): Promise<string> {
    return this.#subscriber.subscribe(subscription);
  }

  /** False if there is none of this id. */
  unsubscribe(id: string): boolean {
    return this.#subscriber.unsubscribe(id);
  }

  /** Positions by channel of a subscription: give them to a later one, also of another run, to go on from there. */
  positions(id: string): Record<string, Position> {
    return this.#subscriber.positions(id);
  }

  /** Resolves once the gateway keeps it. Without a link it waits, and is sent when there is one. */
  send<Type extends string>(message: Outbound<Type>): Promise<void> {
    return this.#sender.send(message);
  }

  /** A channel or pattern as `for await`. */
  stream<Type extends string = string>(channel: string, options?: StreamOptions<Type>): StreamingReceiver<Type> {
    return stream(this.client, channel, options);
  }

  command(target: string | readonly string[], name: string, args?: unknown, options?: CommandOptions): CommandHandle {
    return this.#sender.command(target, name, args, options);
  }

  /** Ends the link; `connect()` begins it again, with all subscriptions where they were. */
  disconnect(): void {
    this.client.close();
  }
}

/** Its name in the document that S6 is from. */
export { WebSocketClient as AutoSDLCWebSocketClient };
