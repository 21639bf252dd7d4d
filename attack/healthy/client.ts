/** A publisher, some subscribers, and now and then somebody new; what each of them notices. */
import { Connection } from "../../bench/load/connection.ts";
import { Latencies } from "../../bench/load/latencies.ts";
import { nowUs } from "../../bench/load/meter.ts";
import type { HealthyFigures, HealthyJob } from "./figures.ts";
import { Publisher } from "./publisher.ts";
import { Subscriber } from "./subscriber.ts";
import { channel, wireOf } from "./wire.ts";

/** What has not come so long after it was published is lost. */
const patienceMs = 15_000;
const lookMs = 10;
const subscribeWithinMs = 10_000;

/** Of the events from number `from` on. */
class Phase {
  readonly from: number;
  readonly deliver = new Latencies();
  readonly subscribe = new Latencies();
  delivered = 0;
  repeated = 0;
  cut = 0;
  subscribesFailed = 0;

  constructor(from: number) {
    this.from = from;
  }
}

export class HealthyClient {
  readonly #job: HealthyJob;
  readonly #publisher: Publisher;
  readonly #subscribers: readonly Subscriber[];
  #phase = new Phase(1);
  /** The one before, whose last events are still on their way. */
  #ending: Phase | undefined;
  #missingBefore = 0;
  #refusedBefore = 0;

  constructor(job: HealthyJob) {
    this.#job = job;
    const cut = (): void => {
      this.#phase.cut++;
    };
    this.#publisher = new Publisher(job, cut);
    this.#subscribers = Array.from(
      { length: job.subscribers },
      () =>
        new Subscriber(job, {
          cut,
          repeated: () => {
            this.#phase.repeated++;
          },
          delivered: (number, us) => {
            const phase = number < this.#phase.from ? (this.#ending ?? this.#phase) : this.#phase;
            phase.delivered++;
            phase.deliver.add(us);
          },
        }),
    );
  }

  async start(): Promise<void> {
    await Promise.all(this.#subscribers.map((one) => one.start()));
    await this.#publisher.start();
    setInterval(() => this.#subscribeOnce(), 1000 / this.#job.subscribesPerSecond);
  }

  /** Of the time since this was asked last, as soon as everything published in it has come. */
  async figures(): Promise<HealthyFigures> {
    const ending = this.#phase;
    const upTo = this.#publisher.sent;
    this.#ending = ending;
    this.#phase = new Phase(upTo + 1);
    const untilMs = performance.now() + patienceMs;
    while (!this.#has(upTo) && performance.now() < untilMs) {
      await new Promise((resolve) => setTimeout(resolve, lookMs));
    }
    this.#ending = undefined;
    const refused = this.#publisher.refused - this.#refusedBefore;
    this.#refusedBefore += refused;
    return {
      published: upTo + 1 - ending.from,
      delivered: ending.delivered,
      lost: this.#lost(upTo, refused),
      repeated: ending.repeated,
      refused,
      cut: ending.cut,
      subscribesFailed: ending.subscribesFailed,
      deliver: ending.deliver.summary(),
      subscribe: ending.subscribe.summary(),
    };
  }

  #has(upTo: number): boolean {
    return this.#subscribers.every((one) => one.next > upTo);
  }

  #lost(upTo: number, refused: number): number {
    const passedOver = this.#subscribers.reduce((sum, one) => sum + one.missing, 0);
    const now = passedOver - this.#missingBefore;
    this.#missingBefore = passedOver;
    const notYet = this.#subscribers.reduce((sum, one) => sum + Math.max(0, upTo + 1 - one.next), 0);
    return Math.max(0, now + notYet - refused * this.#subscribers.length);
  }

  /** As somebody does who comes: connects, subscribes, and goes when that is answered. */
  #subscribeOnce(): void {
    const phase = this.#phase;
    const sinceUs = nowUs();
    const overdue = setTimeout(() => settle(false), subscribeWithinMs);
    let settled = false;
    let open: Connection | undefined;
    const settle = (well: boolean): void => {
      if (settled) return;
      settled = true;
      clearTimeout(overdue);
      open?.close();
      if (well) phase.subscribe.add(nowUs() - sinceUs);
      else phase.subscribesFailed++;
    };
    Connection.open(this.#job.port, wireOf(this.#job)).then(
      (connection) => {
        open = connection;
        if (settled) connection.close();
        connection.onEnd = () => settle(false);
        connection.onText = (bytes, start, end) => {
          if (bytes.subarray(start, end).includes('"subscribed"')) settle(true);
        };
        connection.sendText(JSON.stringify({ id: "s", type: "subscribe", data: { channel } }));
      },
      () => settle(false),
    );
  }
}
