/** What one connection published and is answered in one turn is answered by one message (spec §5.1). */
import type { ControlData, Message } from "@signalbox/protocol";

export type Ack = Message<"ack", ControlData["ack"]>;

/** As many results as the longest batch has. */
const mostResults = 1_000;

export const isAck = (message: Message): message is Ack => message.type === "ack";

export class Acks {
  readonly #first: Ack;
  /** Those of all acks, where there is more than one. */
  #results: Ack["data"]["results"] | undefined;

  constructor(first: Ack) {
    this.#first = first;
  }

  /** False if the message would become too long. */
  add({ data: { results } }: Ack): boolean {
    const before = this.#results ?? this.#first.data.results;
    if (before.length + results.length > mostResults) return false;
    if (this.#results === undefined) this.#results = [...before, ...results];
    else this.#results.push(...results);
    return true;
  }

  message(): Ack {
    if (this.#results === undefined) return this.#first;
    const { id, type, timestamp } = this.#first;
    return { id, type, timestamp, data: { results: this.#results } };
  }
}
