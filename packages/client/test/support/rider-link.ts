/** A link for one rider: what it asks is kept, what it is told is said by the test. */
import type { Message } from "@signalbox/protocol";
import type { Rider } from "../../src/rider.ts";
import { fakeClock } from "./fake-clock.ts";

export interface Asked<Data> {
  id: string;
  type: string;
  data: Data;
}

export class RiderLink<Data> {
  readonly clock = fakeClock();
  readonly asked: Asked<Data>[] = [];
  rider: Rider | undefined;
  #ids = 0;

  ride(rider: Rider) {
    this.rider = rider;
    return {
      newId: () => `c${++this.#ids}`,
      clock: this.clock,
      look: () => this.ask(false),
      end: () => {
        this.rider = undefined;
      },
    };
  }

  get last(): Asked<Data> | undefined {
    return this.asked.at(-1);
  }

  ask(all: boolean, again = false): void {
    for (const { text } of this.rider?.asks(all, again) ?? []) this.asked.push(JSON.parse(text) as Asked<Data>);
  }

  /** Without a correlation it comes unasked. */
  tell(type: string, data: unknown, about: { correlationId?: string | undefined; channel?: string } = {}): boolean {
    const { correlationId, channel } = about;
    const message: Message = {
      ...{ id: "g", type, timestamp: 0, data },
      ...(channel === undefined ? {} : { channel }),
      ...(correlationId === undefined ? {} : { metadata: { correlationId } }),
    };
    return this.rider?.take(message) ?? false;
  }

  /** An answer to what was asked last. */
  answer(type: string, data: unknown): boolean {
    return this.tell(type, data, { correlationId: this.last?.id });
  }
}
