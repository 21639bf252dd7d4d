/** Publishes that have no answer yet: bounded, in order, sent again after every cut. */
import type { Draft, ErrorData } from "@signalbox/protocol";
import { retryAfterMs } from "./decode.ts";
import type { PublishEffect } from "./effects.ts";
import { queueFull } from "./errors.ts";
import { type Fate, never, type Outgoing } from "./transport.ts";
import type { ClientOptions, Problem, Published } from "./types.ts";

export interface Item extends Outgoing {
  /** UTF-8. */
  readonly bytes: number;
  /** Channel and producer: the gateway expects these in sequence. */
  readonly sequence: string;
  /** Place in the order of publishing. */
  readonly place: number;
  tries: number;
  /** It shared a frame that was refused as a whole: not to be sent with others again. */
  alone: boolean;
}

export const defaultQueue = { messages: 1_000, bytes: 1_048_576 };
/** With a link what waits is on its way out, so that much more of it is sound. */
const liveFactor = 16;
/** The most in one frame or request; well under the gateway's limits, so that others get their turn. */
const batch = { messages: 500, bytes: 262_144 };
const utf8 = new TextEncoder();

export class Outbox {
  /** A larger message closes the connection; the gateway may say another limit. */
  #frameBytes = 1_048_576;
  /** Nothing is sent before: the gateway asked for a pause. */
  #holdUntilMs = 0;
  readonly #limit: NonNullable<ClientOptions["queue"]>;
  readonly #tell: (effect: PublishEffect) => void;
  readonly #newId: () => string;
  readonly #delayMs: (tries: number) => number;
  readonly #flying = new Set<Item>();
  #waiting: Item[] = [];
  #ordered = true;
  #held = false;
  #bytes = 0;
  #places = 0;

  constructor(
    limit: NonNullable<ClientOptions["queue"]>,
    tell: (effect: PublishEffect) => void,
    newId: () => string,
    delayMs: (tries: number) => number,
  ) {
    this.#limit = limit;
    this.#tell = tell;
    this.#newId = newId;
    this.#delayMs = delayMs;
  }

  get size(): number {
    return this.#waiting.length + this.#flying.size;
  }

  /** When a pause that holds something back ends. */
  get heldUntilMs(): number {
    return this.#held && this.#waiting.length ? this.#holdUntilMs : never;
  }

  /** A gateway answers on a new link. */
  begin(frameBytes = this.#frameBytes): void {
    this.#frameBytes = frameBytes;
    this.#holdUntilMs = 0;
  }

  /** The event as it will be sent, or why it cannot be. */
  add(draft: Draft, nowMs: number, live: boolean): Item | Problem {
    const { id = this.#newId(), timestamp = nowMs, metadata = {} } = draft;
    const { producer, idempotencyKey } = metadata;
    // Sent twice, it must be kept once.
    const key = producer || idempotencyKey ? {} : { idempotencyKey: this.#newId() };
    const text = JSON.stringify({ ...draft, id, timestamp, metadata: { ...metadata, ...key } });
    const bytes = utf8.encode(text).length;
    if (bytes > this.#frameBytes) {
      const message = `The event has ${bytes} bytes; ${this.#frameBytes} is the most.`;
      const help = "Send a smaller message.";
      return { name: "payload_too_big", number: 109, message, temporary: false, help };
    }
    const factor = live ? liveFactor : 1;
    if (this.size >= this.#limit.messages * factor || this.#bytes + bytes > this.#limit.bytes * factor) {
      return queueFull(`${this.size} events wait already.`);
    }
    const sequence = producer ? `${producer.id}\n${draft.channel}` : "";
    const item: Item = { id, text, bytes, sequence, place: this.#places++, tries: 0, alone: false };
    this.#bytes += bytes;
    this.#waiting.push(item);
    return item;
  }

  /** What may be sent now, frame by frame. */
  take(nowMs: number): Item[][] {
    if (!this.#ordered) this.#waiting.sort((a, b) => a.place - b.place);
    this.#ordered = true;
    this.#held = nowMs < this.#holdUntilMs;
    const batches: Item[][] = [];
    let sent = 0;
    let bytes = 0;
    let open: Item[] | undefined;
    while (!this.#held) {
      const item = this.#waiting[sent];
      const [oldest] = this.#flying;
      // The answer to a lone one must be beyond doubt.
      if (!item || oldest?.alone || (item.alone && oldest)) break;
      bytes += item.bytes;
      if (!open || open.length >= batch.messages || bytes > batch.bytes) {
        open = [];
        bytes = item.bytes;
        batches.push(open);
      }
      open.push(item);
      this.#flying.add(item);
      sent++;
    }
    this.#waiting.splice(0, sent);
    return batches;
  }

  /** Answers in the order of sending. */
  acked(results: readonly Fate[], nowMs: number): void {
    for (const result of results) {
      const item = this.#find(result.id);
      if (!item) continue;
      if ("error" in result) this.#failed(item, result.error, nowMs);
      else {
        const { id, channel, epoch, offset, duplicate } = result;
        const published: Published = { id, channel, epoch, offset, duplicate };
        this.#done(item, { do: "published", item, published });
      }
    }
  }

  /** An error message. False: it is about nothing here. */
  error(error: ErrorData, correlationId: string | undefined, nowMs: number): boolean {
    const named = correlationId === undefined ? undefined : this.#find(correlationId);
    // A frame that could not be read has no id to name; if it was one of these, each alone will show which.
    const unnamed = correlationId === undefined && error.name === "invalid_message";
    for (const item of named ? [named] : unnamed ? [...this.#flying] : []) this.#failed(item, error, nowMs);
    return named !== undefined;
  }

  /** The link is gone: what has no answer is sent again, unless the gateway knows it by then. */
  requeue(): void {
    this.#waiting.push(...this.#flying);
    this.#ordered = false;
    this.#flying.clear();
  }

  rejectAll(problem: Problem): void {
    this.requeue();
    for (const item of this.#waiting) this.#tell({ do: "rejected", item, problem });
    this.#waiting = [];
    this.#bytes = 0;
  }

  #find(id: string): Item | undefined {
    for (const item of this.#flying) if (item.id === id) return item;
    return undefined;
  }

  #failed(item: Item, error: Problem, nowMs: number): void {
    const { name } = error;
    if (error.temporary) {
      // All wait, so that the order is kept.
      this.#holdUntilMs = Math.max(this.#holdUntilMs, nowMs + (retryAfterMs(error) ?? this.#delayMs(++item.tries)));
    } else if (!item.alone && (name === "invalid_message" || name === "payload_too_big")) {
      // Perhaps a neighbour in the same frame was meant.
      item.alone = true;
    } else if (name !== "sequence_gap" || !this.#follows(item)) {
      this.#done(item, { do: "rejected", item, problem: error });
      return;
    }
    this.#flying.delete(item);
    this.#waiting.push(item);
    this.#ordered = false;
  }

  /** Does an earlier event of the same sequence still wait? Then the gap is only that one's delay. */
  #follows({ sequence, place }: Item): boolean {
    return [...this.#waiting, ...this.#flying].some((other) => other.sequence === sequence && other.place < place);
  }

  #done(item: Item, effect: PublishEffect): void {
    this.#flying.delete(item);
    this.#bytes -= item.bytes;
    this.#tell(effect);
  }
}
