/** Publishes at a steady rate; what is not acknowledged when it is cut off is sent again under the same key. */
import { Connection } from "../../bench/load/connection.ts";
import { nowUs } from "../../bench/load/meter.ts";
import type { HealthyJob } from "./figures.ts";
import { channel, read, wireOf } from "./wire.ts";

const tickMs = 1;
const againAfterMs = 200;

export class Publisher {
  /** The number of the event sent last. */
  sent = 0;
  refused = 0;
  readonly #job: HealthyJob;
  readonly #cut: () => void;
  readonly #run = Math.random().toString(36).slice(2);
  readonly #unanswered = new Map<string, string>();
  #connection: Connection | undefined;

  constructor(job: HealthyJob, cut: () => void) {
    this.#job = job;
    this.#cut = cut;
  }

  get unanswered(): number {
    return this.#unanswered.size;
  }

  async start(): Promise<void> {
    await this.#open();
    const startUs = nowUs();
    setInterval(() => {
      const due = Math.floor(((nowUs() - startUs) * this.#job.perSecond) / 1_000_000);
      while (this.sent < due) this.#publish();
    }, tickMs);
  }

  #publish(): void {
    const id = String(++this.sent);
    const data = { number: this.sent, sentUs: Math.round(nowUs()) };
    const metadata = { idempotencyKey: `${this.#run}-${id}` };
    const text = JSON.stringify({ id, type: "note", channel, data, metadata });
    this.#unanswered.set(id, text);
    this.#connection?.sendText(text);
  }

  async #open(): Promise<void> {
    const connection = await Connection.open(this.#job.port, wireOf(this.#job));
    connection.onText = (bytes, start, end) => {
      for (const { id, error } of read(bytes, start, end).results ?? []) {
        if (this.#unanswered.delete(id) && error !== undefined) this.refused++;
      }
    };
    connection.onEnd = () => {
      connection.close();
      this.#connection = undefined;
      this.#cut();
      this.#again();
    };
    for (const text of this.#unanswered.values()) connection.sendText(text);
    this.#connection = connection;
  }

  #again(): void {
    setTimeout(() => {
      this.#open().catch(() => this.#again());
    }, againAfterMs);
  }
}
