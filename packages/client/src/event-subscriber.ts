/**
 * `@signalbox/client/events`, the event subscriber (X8): handlers by type over all subscriptions, each message once. Resuming
 * and gaps are the client's; what concerns them is told as messages of the types `subscription_update` and `error`.
 */
import {
  type ControlData,
  type EventData,
  type EventType,
  type Message,
  type Position,
  type Publication,
  type SubscribeData,
  subscribedChannel,
  subscribedFilter,
} from "@signalbox/protocol";
import { closed, GatewayError } from "./errors.ts";
import { stoppedBecause } from "./link-problem.ts";
import { run } from "./readable.ts";
import type { EventOf } from "./typed-events.ts";
import type { Client, Watch } from "./types.ts";

/** What the client tells of itself; of the link after what came with the change. */
type ToldData = Pick<ControlData, "connect" | "disconnect" | "subscription_update" | "error">;

/** Known types; every other text is one too. */
export type MessageType = EventType | keyof ToldData | (string & {});

/** S3: what handlers are given, with `channel`, `epoch` and `offset` where it is an event. */
export type WebSocketMessage<Type extends string = string> = Message<Type, DataOf<Type>>;

/** As the document has it: data of types that nobody described is whatever its reader says. */
type DataOf<Type extends string> = Type extends EventType
  ? EventData[Type]
  : Type extends keyof ToldData
    ? ToldData[Type]
    : // biome-ignore lint/suspicious/noExplicitAny: S3 says `data: any`, and programs are written from it
      any;

export type EventHandler<Type extends string = string> = (message: WebSocketMessage<Type>) => void;

export type Unsubscribe = () => void;

/** A channel or pattern, or a resource with the events wanted of it; the rest as with `watch`. */
export type SubscriptionConfig = (
  | { channel: string }
  | { resource: string; id: string /** `status` means `agent_status`. */; events?: string[] }
) &
  Pick<SubscribeData, "since" | "positions" | "filter" | "complete">;

export class EventSubscriber {
  readonly #client: Pick<Client, "watch" | "link">;
  readonly #handlers = new Map<string, Set<EventHandler>>();
  readonly #subscriptions = new Map<string, Watch>();
  /** Subscriptions that have no answer yet, by id. */
  readonly #waiting = new Map<string, (error: GatewayError) => void>();
  /** An event that serves several subscriptions comes as one object. */
  readonly #told = new WeakSet<Publication>();
  readonly #stopLink: () => void;
  #ids = 0;
  #wasLive: boolean;

  constructor(client: Pick<Client, "watch" | "link">) {
    this.#client = client;
    this.#wasLive = client.link.snapshot().state === "live";
    this.#stopLink = client.link.subscribe(() => this.#onLink());
  }

  /** Calls the handler with each message of the type, or with all for `*`; returns what ends that. */
  on<Type extends MessageType>(type: Type, handler: EventHandler<Type>): Unsubscribe {
    const handlers = this.#handlers.get(type) ?? new Set();
    this.#handlers.set(type, handlers);
    // Each call is a handler of its own, even of the same function.
    const own: EventHandler = (message) => handler(message as WebSocketMessage<Type>);
    handlers.add(own);
    return () => {
      handlers.delete(own);
    };
  }

  /**
   * Resolves with the subscription's id once the gateway began it, and keeps it over lost links. Rejects with a
   * GatewayError if it was refused, or if the client stops before.
   */
  subscribe(config: SubscriptionConfig): Promise<string> {
    const { since, positions, complete } = config;
    const channel = subscribedChannel(config);
    const filter = subscribedFilter(config);
    const id = `sub-${++this.#ids}`;
    return new Promise((resolve, reject) => {
      const update = (data: ToldData["subscription_update"]): void => this.#tell("subscription_update", data, id);
      let begun = false;
      this.#waiting.set(id, reject);
      const watch = this.#client.watch(channel, {
        ...(since === undefined ? {} : { since }),
        ...(positions === undefined ? {} : { positions }),
        ...(filter === undefined ? {} : { filter }),
        ...(complete === undefined ? {} : { complete }),
        onEvent: (event) => this.#dispatch(event),
        onGap: (name, gap) =>
          update({ channel: name, state: "gap", epoch: gap.epoch, offset: gap.to ?? gap.from - 1, gap }),
        onError: (error) => {
          this.#tell("error", error, id);
          this.#refuse(id, new GatewayError(error));
        },
        onState: ({ status, position, head }) => {
          const before = begun;
          begun = status === "catching_up" || status === "live";
          if (!begun || before) return;
          this.#waiting.delete(id);
          resolve(id);
          const at = position ?? { epoch: "", offset: 0 };
          update({ channel, state: "subscribed", ...at, ...(head === undefined ? {} : { head }) });
        },
      });
      this.#subscriptions.set(id, watch);
    });
  }

  /** Ends a subscription; false if there is none of this id. */
  unsubscribe(id: string): boolean {
    this.#subscriptions.get(id)?.stop();
    return this.#subscriptions.delete(id);
  }

  /** Positions by channel of a subscription: with them a later one goes on from there. */
  positions(id: string): Record<string, Position> {
    return this.#subscriptions.get(id)?.positions() ?? {};
  }

  /** Ends all subscriptions and handlers; the client goes on. */
  close(): void {
    for (const id of [...this.#subscriptions.keys()])
      this.#refuse(id, new GatewayError(closed("The subscriber was closed.")));
    this.#handlers.clear();
    this.#stopLink();
  }

  #dispatch(event: Publication): void {
    if (this.#told.has(event)) return;
    this.#told.add(event);
    this.#give(event);
  }

  /** What the client itself has to say. */
  #tell<Type extends keyof ToldData>(type: Type, data: ToldData[Type], about?: string): void {
    const id = `local-${++this.#ids}`;
    const metadata = about === undefined ? {} : { metadata: { correlationId: about } };
    this.#give({ id, type, timestamp: Date.now(), data, ...metadata });
  }

  #give(message: WebSocketMessage): void {
    // The link tells its listeners a frame later than a watch does: nothing of a link comes before its `connect`.
    this.#onLink();
    for (const type of [message.type, "*"]) {
      for (const handler of [...(this.#handlers.get(type) ?? [])]) run(() => handler(message));
    }
  }

  #refuse(id: string, error: GatewayError): void {
    this.unsubscribe(id);
    this.#waiting.get(id)?.(error);
    this.#waiting.delete(id);
  }

  #onLink(): void {
    const link = this.#client.link.snapshot();
    const { state, reason, retryAtMs } = link;
    const wasLive = this.#wasLive;
    this.#wasLive = state === "live";
    if (this.#wasLive && !wasLive) this.#tell("connect", {});
    if (!this.#wasLive && wasLive) {
      const wait = retryAtMs === undefined ? {} : { reconnectAfterMs: Math.max(0, retryAtMs - Date.now()) };
      this.#tell("disconnect", { reason: reason?.name ?? "connection_lost", ...wait });
    }
    if (state === "stopped") for (const id of [...this.#waiting.keys()]) this.#refuse(id, stoppedBecause(link));
  }
}

/** Is it an event of one of these types? Then its data is known. */
export const isEvent = <Type extends EventType>(event: Message, ...types: Type[]): event is EventOf<Type> =>
  types.some((type) => type === event.type);
