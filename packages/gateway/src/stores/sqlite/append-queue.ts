/** Collects what is published within one turn of the event loop and sends it to the writer as one message. */
import type { Appended, Entry } from "@signalbox/core";
import type { AppendAnswer, AppendAsk } from "./messages.ts";

interface Waiting {
  batch: readonly Entry[];
  resolve(results: Appended[]): void;
  reject(error: unknown): void;
}

interface QueueOptions {
  /** Of every channel on disk. */
  epoch: string;
  /** Must the channel's events be forced to disk? */
  fsync(channel: string): boolean;
  /** Commits; the writer puts what arrives while a commit runs into the next one. */
  send(ask: AppendAsk): Promise<AppendAnswer>;
}

export class AppendQueue {
  readonly #options: QueueOptions;
  #waiting: Waiting[] = [];

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  append(batch: readonly Entry[]): Promise<Appended[]> {
    return new Promise((resolve, reject) => {
      // After the sockets of this turn were read; with nothing else to do that is at once.
      if (this.#waiting.length === 0) setImmediate(() => this.flush());
      this.#waiting.push({ batch, resolve, reject });
    });
  }

  flush(): void {
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    const ask: AppendAsk = { fsync: false, rows: [], marks: [], existing: [], expected: [], registers: [], adds: [] };
    let index = 0;
    for (const { batch } of waiting) {
      for (const entry of batch) this.#add(ask, entry, index++);
    }
    this.#options.send(ask).then(
      (answer) => this.#give(waiting, answer),
      (error: unknown) => {
        for (const { reject } of waiting) reject(error);
      },
    );
  }

  #add(ask: AppendAsk, entry: Entry, index: number): void {
    const { channel, type, timestampMs, body, idempotencyKey, producer, expected, register, adds } = entry;
    if (expected !== undefined) ask.expected.push({ index, at: expected });
    if (register !== undefined) ask.registers.push({ index, change: register });
    if (adds !== undefined) ask.adds.push({ index, adds });
    if (entry.mustExist) ask.existing.push(index);
    ask.rows.push(channel, type, timestampMs, body);
    ask.fsync ||= this.#options.fsync(channel);
    if (idempotencyKey === undefined && producer === undefined) return;
    const { id = null, epoch = null, seq = null } = producer ?? {};
    ask.marks.push(index, idempotencyKey ?? null, id, epoch, seq);
  }

  #give(waiting: readonly Waiting[], { offsets, refusals }: AppendAnswer): void {
    const refused = new Map(refusals.map(({ index, refusal }) => [index, refusal]));
    let index = 0;
    for (const { batch, resolve } of waiting) {
      const results: Appended[] = [];
      for (let i = 0; i < batch.length; i++, index++) {
        const refusal = refused.get(index);
        results.push(refusal === undefined ? this.#kept(offsets[index] ?? 0) : { ok: false, ...refusal });
      }
      resolve(results);
    }
  }

  #kept(offset: number): Appended {
    const { epoch } = this.#options;
    if (offset > 0) return { ok: true, epoch, offset, duplicate: false };
    return offset < 0 ? { ok: true, epoch, offset: -offset, duplicate: true } : { ok: true, epoch, duplicate: true };
  }
}
