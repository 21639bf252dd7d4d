/** Writes down a process's part of a history: JSON lines, each handed to the kernel before `record` returns. */
import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { HistoryRecord, Said, Stamp } from "./record.ts";

export interface RecorderOptions {
  folder: string;
  /** Name of the file, without `.jsonl`: no other life of any process has it. */
  process: string;
  /** What the run can be repeated with. */
  seed: number;
}

export class Recorder {
  readonly #stamp: Pick<Stamp, "seed" | "process">;
  readonly #file: number;
  #n = 0;

  /** Throws when the file is there: a process that lives again writes another one. */
  constructor({ folder, process, seed }: RecorderOptions) {
    this.#stamp = { seed, process };
    this.#file = openSync(join(folder, `${process}.jsonl`), "ax");
  }

  /** What was recorded outlives kill -9 of this process: one write, and no buffer of ours. */
  record<One extends Said>(said: One): HistoryRecord<One>;
  record(said: Said): HistoryRecord {
    const steadyMs = Number(process.hrtime.bigint()) / 1e6;
    const record = { ...said, ...this.#stamp, n: ++this.#n, steadyMs, wallMs: Date.now() };
    const line = Buffer.from(`${JSON.stringify(record)}\n`);
    for (let written = 0; written < line.length; ) written += writeSync(this.#file, line, written);
    return record;
  }

  /** Outlives the machine too. */
  recordSynced<One extends Said>(said: One): HistoryRecord<One> {
    const record = this.record(said);
    fsyncSync(this.#file);
    return record;
  }

  close(): void {
    closeSync(this.#file);
  }
}
