/** An event at its position, encoded once for everybody who gets it. */
import type { Message } from "@signalbox/protocol";
import type { Delivery } from "./lanes.ts";
import type { Kept } from "./ports.ts";

export class SharedPublication {
  readonly channel: string;
  readonly epoch: string;
  /** 0 for an ephemeral event: it has no position. */
  readonly offset: number;
  readonly type: string;
  readonly timestampMs: number;
  /** The whole message as JSON text. */
  readonly json: string;
  /** The WebSocket frame of it, kept here by the transport that made it first. */
  wire: Uint8Array | undefined;
  /** The frames that some get in its place, by codec, kept here like `wire`. */
  compressed: Map<string, Uint8Array> | undefined;
  /** What those get instead from whom some of it is hidden, kept here by their view (hide/). */
  views: Map<object, SharedPublication> | undefined;
  /** Its class, once lanes.ts was asked. */
  delivery: Delivery | undefined;
  /** Of class latest: which gauge it is, once lanes.ts was asked. */
  key: string | undefined;
  #message: Message | undefined;
  #tags: Readonly<Record<string, string>> | undefined;

  constructor(channel: string, epoch: string, kept: Kept, message?: Message) {
    this.channel = channel;
    this.epoch = epoch;
    this.offset = kept.offset;
    this.type = kept.type;
    this.timestampMs = kept.timestampMs;
    const place = kept.offset === 0 ? "" : `"epoch":"${epoch}","offset":${kept.offset},`;
    // The body begins with `{`, and neither channel nor epoch has a character that JSON escapes.
    this.json = `{"channel":"${channel}",${place}${kept.body.slice(1)}`;
    this.wire = undefined;
    this.compressed = undefined;
    this.views = undefined;
    this.delivery = undefined;
    this.key = undefined;
    this.#message = message;
    this.#tags = undefined;
  }

  /** The parsed message; parsed at most once, and only if somebody needs it. */
  message(): Message {
    this.#message ??= JSON.parse(this.json) as Message;
    return this.#message;
  }

  /** Lets the parsed message go; the text stays. */
  forget(): void {
    this.#message = undefined;
    for (const view of this.views?.values() ?? []) view.forget();
  }

  tags(tagsOf: (message: Message) => Readonly<Record<string, string>>): Readonly<Record<string, string>> {
    this.#tags ??= tagsOf(this.message());
    return this.#tags;
  }
}
