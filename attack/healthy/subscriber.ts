/** One subscriber: has to get every event once and in order; when it is cut off it goes on from its position. */
import { Connection } from "../../bench/load/connection.ts";
import { nowUs } from "../../bench/load/meter.ts";
import type { HealthyJob } from "./figures.ts";
import { channel, read, type Seen, wireOf } from "./wire.ts";

const againAfterMs = 200;

export interface Hears {
  /** An event came for the first time, after `us`. */
  delivered(number: number, us: number): void;
  repeated(): void;
  cut(): void;
}

export class Subscriber {
  /** The number of the event that comes next. */
  next = 1;
  /** Numbers that were passed over. */
  missing = 0;
  readonly #job: HealthyJob;
  readonly #hears: Hears;
  #position: { epoch: string; offset: number } | undefined;
  #subscribed: () => void = () => {};

  constructor(job: HealthyJob, hears: Hears) {
    this.#job = job;
    this.#hears = hears;
  }

  /** Resolves when it is subscribed for the first time; rejects when it cannot be. */
  async start(): Promise<void> {
    const subscribed = new Promise<void>((resolve) => {
      this.#subscribed = resolve;
    });
    await this.#open();
    await subscribed;
  }

  async #open(): Promise<void> {
    const connection = await Connection.open(this.#job.port, wireOf(this.#job));
    connection.onText = (bytes, start, end) => this.#seen(read(bytes, start, end));
    connection.onEnd = () => {
      connection.close();
      this.#hears.cut();
      this.#again();
    };
    const data = { channel, since: this.#position ?? "now" };
    connection.sendText(JSON.stringify({ id: "s", type: "subscribe", data }));
  }

  #again(): void {
    setTimeout(() => {
      this.#open().catch(() => this.#again());
    }, againAfterMs);
  }

  #seen({ type, number, sentUs, position }: Seen): void {
    if (position !== undefined) this.#position = position;
    if (type === "subscription_update") this.#subscribed();
    if (number === undefined || sentUs === undefined) return;
    if (number < this.next) {
      this.#hears.repeated();
      return;
    }
    this.missing += number - this.next;
    this.next = number + 1;
    this.#hears.delivered(number, nowUs() - sentUs);
  }
}
