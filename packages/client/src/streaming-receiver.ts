/**
 * `@signalbox/client/stream`, the streaming receiver (X8): a channel or pattern as `for await`. A reader that is slow does not
 * fill memory: over the limit the subscription is let go, and goes on from its positions when there is room again.
 */
import type { Gap, Position } from "@signalbox/protocol";
import { GatewayError } from "./errors.ts";
import { stoppedBecause } from "./link-problem.ts";
import type { EventOf } from "./typed-events.ts";
import type { Client, Watch, WatchOptions } from "./types.ts";

/** One event, or what is not coming; `channel` says of which. */
export type Received<Type extends string = string> =
  | { channel: string; event: EventOf<Type>; gap?: undefined }
  | { channel: string; gap: Gap; event?: undefined };

export interface StreamOptions<Type extends string = string>
  extends Pick<WatchOptions<Type>, "since" | "positions" | "filter" | "complete"> {
  /** As many wait for the reader; default 1,000, and what came in one frame with the last of them. */
  buffer?: number;
}

type Streaming = Pick<Client, "watch" | "link">;

/** Ends by `break`, by `stop()`, when the client is closed, or with a GatewayError when it is refused. */
export const stream = <Type extends string = string>(
  client: Streaming,
  channel: string,
  options: StreamOptions<Type> = {},
): StreamingReceiver<Type> => new StreamingReceiver(client, channel, options);

export class StreamingReceiver<Type extends string = string>
  implements AsyncIterableIterator<Received<Type>, undefined>
{
  readonly channel: string;
  readonly #client: Streaming;
  readonly #options: StreamOptions<Type>;
  readonly #buffer: number;
  readonly #waiting: Received<Type>[] = [];
  readonly #readers: Array<() => void> = [];
  #since: StreamOptions["since"];
  #positions: Record<string, Position>;
  #watch: Watch | undefined;
  #isPausing = false;
  #ended = false;
  #error: GatewayError | undefined;
  #stopLink: () => void;

  constructor(client: Streaming, channel: string, options: StreamOptions<Type> = {}) {
    this.channel = channel;
    this.#client = client;
    this.#options = options;
    this.#buffer = options.buffer ?? 1_000;
    this.#since = options.since;
    this.#positions = { ...options.positions };
    this.#stopLink = client.link.subscribe(() => this.#onLink());
    this.#follow();
  }

  /** What waits for the reader. */
  get waiting(): number {
    return this.#waiting.length;
  }

  async next(): Promise<IteratorResult<Received<Type>, undefined>> {
    for (;;) {
      const received = this.#waiting.shift();
      if (!this.#watch && this.#waiting.length <= this.#buffer / 2) this.#follow();
      if (received) return { done: false, value: received };
      if (this.#error) throw this.#error;
      if (this.#ended) return { done: true, value: undefined };
      await new Promise<void>((resolve) => this.#readers.push(resolve));
    }
  }

  /** What `break` calls. */
  async return(): Promise<IteratorResult<Received<Type>, undefined>> {
    this.stop();
    return { done: true, value: undefined };
  }

  /** Ends it; what waits is forgotten. */
  stop(): void {
    this.#waiting.length = 0;
    this.#end();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #follow(): void {
    if (this.#ended) return;
    const { filter, complete } = this.#options;
    const since = this.#positions[this.channel] ?? this.#since;
    this.#watch = this.#client.watch<Type>(this.channel, {
      positions: this.#positions,
      ...(since === undefined ? {} : { since }),
      ...(filter === undefined ? {} : { filter }),
      ...(complete === undefined ? {} : { complete }),
      onEvents: (events) => {
        for (const event of events) this.#waiting.push({ channel: event.channel, event });
        this.#came();
      },
      onGap: (channel, gap) => {
        this.#waiting.push({ channel, gap });
        this.#came();
      },
      onError: (error) => this.#end(new GatewayError(error)),
      onState: ({ status }) => {
        // All channels there were are known from here on: others that come are wanted from their first event.
        if (status === "catching_up" || status === "live") this.#since = "earliest";
      },
    });
  }

  #came(): void {
    for (const read of this.#readers.splice(0)) read();
    if (this.#waiting.length < this.#buffer || this.#isPausing) return;
    this.#isPausing = true;
    // Once all of this frame was told, the watch's positions are what waits here.
    queueMicrotask(() => {
      this.#isPausing = false;
      if (this.#waiting.length >= this.#buffer) this.#pause();
    });
  }

  #pause(): void {
    this.#positions = { ...this.#positions, ...this.#watch?.positions() };
    this.#watch?.stop();
    this.#watch = undefined;
  }

  #onLink(): void {
    const link = this.#client.link.snapshot();
    if (link.state !== "stopped") return;
    this.#end(link.reason?.name === "closed" ? undefined : stoppedBecause(link));
  }

  #end(error?: GatewayError): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    this.#watch?.stop();
    this.#watch = undefined;
    this.#stopLink();
    for (const read of this.#readers.splice(0)) read();
  }
}
