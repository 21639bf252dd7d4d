/** Publishers that send as fast as they are answered: how many events are kept per second, and how soon. */
import { Connection } from "./connection.ts";
import type { IngestFigures, IngestJob } from "./job.ts";
import { Latencies } from "./latencies.ts";
import { meter, nowUs } from "./meter.ts";
import { countOf } from "./scan.ts";
import { Template } from "./template.ts";

/** Publishers have numbers of their own: this many each. */
const numbersEach = 1_000_000_000;
/** Answers still missing after this are counted as unanswered. */
const drainMs = 5_000;

interface Counts {
  kept: number;
  refused: number;
  sent: number;
  lastUs: number;
}

class Publisher {
  readonly #connection: Connection;
  readonly #template: Template;
  readonly #counts: Counts;
  readonly #latencies: Latencies;
  readonly #inFlight: number;
  /** When each unanswered frame was sent, oldest first, as a ring. */
  readonly #sentUs: Float64Array;
  #number: number;
  #oldest = 0;
  #waiting = 0;
  /** Results of the oldest frame that came already. */
  #partly = 0;
  stopped = false;

  constructor(connection: Connection, text: string, index: number, job: IngestJob, counts: Counts, to: Latencies) {
    this.#connection = connection;
    this.#template = new Template(text);
    this.#number = index * numbersEach;
    this.#inFlight = job.framesInFlight;
    this.#sentUs = new Float64Array(job.framesInFlight);
    this.#counts = counts;
    this.#latencies = to;
    const { kept, refused } = job.wire.answers ?? { kept: "", refused: "" };
    connection.onText = (bytes, start, end) => {
      const yes = countOf(bytes, start, end, kept);
      const no = countOf(bytes, start, end, refused);
      counts.kept += yes;
      counts.refused += no;
      this.#answered(yes + no);
    };
  }

  /** Sends until as many frames as allowed are unanswered, all in one write. */
  fill(): void {
    const frames = this.stopped ? 0 : this.#inFlight - this.#waiting;
    if (frames <= 0) return;
    const { frameBytes, events } = this.#template;
    const bytes = Buffer.allocUnsafe(frames * frameBytes);
    const now = nowUs();
    for (let i = 0; i < frames; i++) {
      this.#template.stamp(bytes, i * frameBytes, this.#number + 1, Math.round(now));
      this.#number += events;
      this.#sentUs[(this.#oldest + this.#waiting) % this.#inFlight] = now;
      this.#waiting++;
    }
    this.#counts.sent += frames * events;
    this.#connection.send(bytes);
  }

  close(): void {
    this.#connection.close();
  }

  #answered(results: number): void {
    const { events } = this.#template;
    const now = nowUs();
    this.#partly += results;
    while (this.#partly >= events && this.#waiting > 0) {
      this.#partly -= events;
      this.#latencies.add(now - (this.#sentUs[this.#oldest] ?? now));
      this.#oldest = (this.#oldest + 1) % this.#inFlight;
      this.#waiting--;
    }
    this.#counts.lastUs = now;
    // Half at a time: answers come one by one, and a write for each would make us the limit.
    if (this.#waiting <= this.#inFlight / 2) this.fill();
  }
}

export async function ingest(job: IngestJob): Promise<IngestFigures> {
  const counts: Counts = { kept: 0, refused: 0, sent: 0, lastUs: 0 };
  const latencies = new Latencies();
  const publishers = await Promise.all(
    job.publishers.map(async (text, index) => {
      const connection = await Connection.open(job.port, job.wire);
      connection.onEnd = (why) => {
        throw new Error(`a publisher lost its connection: ${why}`);
      };
      return new Publisher(connection, text, index, job, counts, latencies);
    }),
  );
  for (const each of publishers) each.fill();
  await pause(job.warmupMs);

  latencies.clear();
  const before = { ...counts };
  const end = meter(job.pid);
  const startUs = nowUs();
  await pause(job.windowMs);
  for (const each of publishers) each.stopped = true;
  const unanswered = (): number => counts.sent - counts.kept - counts.refused;
  const untilMs = performance.now() + drainMs;
  while (unanswered() > 0 && performance.now() < untilMs) await pause(2);
  const costs = end();
  for (const each of publishers) each.close();
  return {
    kept: counts.kept - before.kept,
    refused: counts.refused - before.refused,
    unanswered: unanswered(),
    elapsedMs: Math.round(counts.lastUs - startUs) / 1000,
    latency: latencies.summary(),
    ...costs,
  };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
