/**
 * Collects what is published and sends it to the writer as one message: at the end of the turn while commits are over
 * before the next event comes, and up to 4 ms later when they are not. A commit costs about 0.2 ms however little is in it.
 */
import type { Appended, Entry } from "@signalbox/core";
import { realTurns, type Turns } from "../../turns.ts";
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

/** Nothing is held back for longer. */
const longestHoldMs = 4;
/** From one commit to the next, when events come meanwhile: those of a first and a last millisecond need not wait for 4. */
const apartMs = 5;
/** So many are worth a commit of their own, at once. */
const enoughEntries = 1_024;

export class AppendQueue {
  readonly #options: QueueOptions;
  readonly #turns: Turns;
  #waiting: Waiting[] = [];
  /** In all that waits. */
  #entries = 0;
  /** Flushes that are to come; the first takes all, and the others find nothing. */
  #planned = false;
  /** Messages that the writer has not answered. */
  #asked = 0;
  /** Something came while it had not. */
  #crowded = false;
  #beganMs = Number.NEGATIVE_INFINITY;

  constructor(options: QueueOptions, turns: Turns = realTurns) {
    this.#options = options;
    this.#turns = turns;
  }

  append(batch: readonly Entry[]): Promise<Appended[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ batch, resolve, reject });
      const before = this.#entries;
      this.#entries += batch.length;
      if (before < enoughEntries && this.#entries >= enoughEntries) this.#turns.atEnd(() => this.flush());
      else if (this.#asked > 0) this.#crowded = true;
      else if (!this.#planned) this.#plan();
    });
  }

  /** Sends what waits, whether or not it should wait for more. */
  flush(): void {
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    this.#entries = 0;
    this.#asked++;
    this.#crowded = false;
    this.#beganMs = this.#turns.nowMs();
    const ask: AppendAsk = { fsync: false, rows: [], marks: [], existing: [] };
    let index = 0;
    for (const { batch } of waiting) {
      for (const entry of batch) this.#add(ask, entry, index++);
    }
    this.#options.send(ask).then(
      (answer) => {
        this.#answered();
        this.#give(waiting, answer);
      },
      (error: unknown) => {
        this.#answered();
        for (const { reject } of waiting) reject(error);
      },
    );
  }

  /** Whoever publishes one event at a time never waits here: its next one comes when nothing is under way. */
  #plan(): void {
    this.#planned = true;
    const sinceMs = this.#turns.nowMs() - this.#beganMs;
    // Whole milliseconds, since timers have no others.
    const holdMs = this.#crowded ? Math.round(Math.min(longestHoldMs, apartMs - sinceMs)) : 0;
    const run = (): void => {
      this.#planned = false;
      this.flush();
    };
    // After the sockets of this turn were read; with nothing else to do that is at once.
    if (holdMs > 0) this.#turns.after(holdMs, run);
    else this.#turns.atEnd(run);
  }

  #answered(): void {
    this.#asked--;
    if (this.#waiting.length > 0 && !this.#planned) this.#plan();
  }

  #add(ask: AppendAsk, entry: Entry, index: number): void {
    const { channel, type, timestampMs, body, idempotencyKey, producer } = entry;
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
