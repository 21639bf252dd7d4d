/**
 * Events on disk until the gateway has them.
 *
 * An event is written (to the operating system) before it is sent, so that the death of this process loses nothing
 * that `append` was given. Against a power cut, what waits for the gateway is synced at most a second later.
 * Events are numbered 1, 2, 3 …; the producer's sequence numbers are made from that when they are read.
 */
import {
  close,
  closeSync,
  fdatasync,
  fdatasyncSync,
  ftruncateSync,
  openSync,
  readSync,
  rmSync,
  truncateSync,
  writeSync,
} from "node:fs";
import type { Draft } from "@signalbox/protocol";
import type { Clock } from "./clock.ts";
import { isAlive, nobody, type Owner } from "./owner.ts";
import {
  countLines,
  readAbout,
  readProgress,
  readSegments,
  type Segment,
  type SpoolAbout,
  type SpoolProgress,
  segmentPath,
  writeAbout,
  writeProgress,
} from "./spool-files.ts";

export interface SpoolOptions {
  /** Bytes on disk at which `full` says to stop reading. Default 1 GiB. */
  maxBytes?: number;
  /** Bytes after which a new segment begins. Default 4 MiB. */
  segmentBytes?: number;
  /** The events are published as this producer of a lease: see `begin`. */
  leased?: string;
}

const newestBytes = 65_536;
const syncMs = 1_000;
/** How soon a write is tried again when the disk was full. */
const retryMs = 1_000;

export class Spool {
  readonly directory: string;
  readonly about: SpoolAbout;
  readonly #clock: Clock;
  readonly #maxBytes: number;
  readonly #segmentBytes: number;
  readonly #segments: Segment[];
  readonly #listeners = new Set<() => void>();
  #progress: SpoolProgress;
  /** Number of the next event. */
  #next: number;
  #bytes: number;
  /** Open for appending: the last segment. */
  #file: number | undefined;
  /** What the disk refused so far. */
  #unwritten: Array<{ text: Buffer; count: number }> = [];
  #diskFault: string | undefined;
  /** Where the last read ended, so that the next one need not search. */
  #readEnd: { number: number; offset: number } | undefined;
  #cancelSync: (() => void) | undefined;
  #cancelRetry: (() => void) | undefined;

  private constructor(directory: string, about: SpoolAbout, clock: Clock, options: SpoolOptions) {
    this.directory = directory;
    this.about = about;
    this.#clock = clock;
    this.#maxBytes = options.maxBytes ?? 1_073_741_824;
    this.#segmentBytes = Math.min(options.segmentBytes ?? 4_194_304, Math.ceil(this.#maxBytes / 4));
    this.#segments = readSegments(directory);
    this.#progress = readProgress(directory);
    const last = this.#segments.at(-1);
    this.#next = Math.max(last === undefined ? 1 : last.first + last.count, this.#progress.acknowledged + 1);
    this.#bytes = this.#segments.reduce((sum, segment) => sum + segment.bytes, 0);
  }

  /** A new spool in a directory of its own. */
  static create(directory: string, about: SpoolAbout, clock: Clock, options: SpoolOptions = {}): Spool {
    writeAbout(directory, about);
    const { leased } = options;
    if (leased !== undefined) {
      writeProgress(directory, { epoch: 0, base: 0, from: 1, acknowledged: 0, leased }, true);
    }
    return new Spool(directory, about, clock, options);
  }

  /** Takes over what an ended process left, to send it; undefined if it is no spool, or still somebody's. */
  static adopt(directory: string, owner: Owner, clock: Clock): Spool | undefined {
    const about = readAbout(directory);
    if (about === undefined || (about.owner.pid !== owner.pid && isAlive(about.owner))) return undefined;
    writeAbout(directory, { ...about, owner });
    const spool = new Spool(directory, about, clock, {});
    for (const segment of spool.#segments) segment.count = countLines(segment.path);
    const last = spool.#segments.at(-1);
    // What a crash left half-written at the end must not stand before what is appended.
    if (last !== undefined) truncateSync(last.path, last.bytes);
    return spool;
  }

  /** Number of the oldest event still here; the next one's if there is none. */
  get oldest(): number {
    return this.#segments.find((segment) => segment.count > 0)?.first ?? this.#written + 1;
  }

  get acknowledged(): number {
    return this.#progress.acknowledged;
  }

  /**
   * Number of the first event the gateway does not have. Where a power cut took events out of the middle, the later
   * ones close the hole in the sequence.
   */
  nextToSend(): number {
    const next = this.#progress.acknowledged + 1;
    const behind = this.#segments.find((segment) => segment.count > 0 && next < segment.first + segment.count);
    if (behind === undefined || behind.first <= next) return next;
    const { base } = this.#progress;
    const { first } = behind;
    this.#keep({ ...this.#progress, base: base + first - next, from: first, acknowledged: first - 1 }, true);
    return first;
  }

  get progress(): Readonly<SpoolProgress> {
    return this.#progress;
  }

  /** Events the gateway does not have yet. */
  get waiting(): number {
    return this.#next - 1 - this.#progress.acknowledged;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Stop producing until this changes: the limit is reached, or the disk is full. */
  get full(): boolean {
    return this.#diskFault !== undefined || this.#bytes >= this.#maxBytes;
  }

  /** Why the disk refuses, in the system's words. */
  get diskFault(): string | undefined {
    return this.#diskFault;
  }

  /** Called after events were appended, acknowledged or could be written again. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Keeps events in order. Never drops: what a full disk refuses is kept in memory, with `full` set, and tried again. */
  append(drafts: readonly Draft[]): void {
    if (drafts.length === 0) return;
    let text = "";
    for (const draft of drafts) {
      const { id, metadata, ...rest } = draft;
      // Metadata comes last, so that `stamp` can complete it without parsing.
      text += `${JSON.stringify({ id: id ?? `${this.about.producer}.${this.#next}`, ...rest, metadata: metadata ?? {} })}\n`;
      this.#next++;
    }
    this.#unwritten.push({ text: Buffer.from(text, "utf8"), count: drafts.length });
    this.#write();
    this.#changed();
  }

  /** Events from number `from` on, as JSON with the producer's numbers in; empty if there are none yet. */
  read(from: number, maxEvents: number, maxBytes: number): string[] {
    const segment = this.#segments.find((each) => from >= each.first && from < each.first + each.count);
    if (segment === undefined) return [];
    const file = openSync(segment.path, "r");
    try {
      const start = this.#readEnd?.number === from ? this.#readEnd.offset : this.#offsetOf(file, segment, from);
      const text = readLines(file, start, segment.bytes, maxEvents, maxBytes);
      this.#readEnd = { number: from + text.lines.length, offset: start + text.bytes };
      if (from + text.lines.length >= segment.first + segment.count) this.#readEnd = undefined;
      return text.lines.map((line, at) => this.#stamp(line, from + at));
    } finally {
      closeSync(file);
    }
  }

  /** The newest event still here. */
  newest(): Draft | undefined {
    const [line] = this.read(this.#written, 1, newestBytes);
    return line === undefined ? undefined : decodeLine(line);
  }

  /** The gateway has everything up to `number`: segments that hold nothing else are deleted. */
  acknowledge(number: number, at = this.#progress.at): void {
    if (number <= this.#progress.acknowledged) return;
    this.#keep({ ...this.#progress, acknowledged: number, ...(at === undefined ? {} : { at }) }, false);
    // The last segment is written on, unless its room is needed.
    while (this.#segments.length > 1 || this.full) {
      const [oldest] = this.#segments;
      if (oldest === undefined || oldest.first + oldest.count - 1 > number) break;
      this.#segments.shift();
      if (this.#segments.length === 0) this.#leaveFile();
      rmSync(oldest.path, { force: true });
      this.#bytes -= oldest.bytes;
    }
    this.#changed();
  }

  /** The gateway lost what it had from `number` on. False if that is not here any more: see `renumber`. */
  rewind(number: number): boolean {
    if (number < this.oldest || number < this.#progress.from || number > this.#written) return false;
    this.#readEnd = undefined;
    this.#keep({ ...this.#progress, acknowledged: number - 1 }, true);
    return true;
  }

  /** Begins the next epoch of the producer with the oldest event still here. */
  renumber(): void {
    const first = Math.min(this.oldest, this.#progress.acknowledged + 1);
    this.#readEnd = undefined;
    this.#keep({ epoch: this.#progress.epoch + 1, base: first - 1, from: first, acknowledged: first - 1 }, true);
  }

  /** The gateway refuses this event for good: the later ones close the hole it leaves in the sequence. */
  skip(number: number): void {
    const { base } = this.#progress;
    this.#keep({ ...this.#progress, base: base + 1, from: number + 1, acknowledged: number }, true);
    this.#changed();
  }

  /** Of a leased one: the lease has this epoch, and no event of it is in the channel up to `at`. */
  begin(epoch: number, at: string): void {
    const { acknowledged, leased } = this.#progress;
    this.#keep(
      { epoch, base: acknowledged, from: acknowledged + 1, acknowledged, at, ...(leased ? { leased } : {}) },
      true,
    );
  }

  /** The number in the sequence that the next event to be sent takes. */
  get nextInSequence(): number {
    return this.#progress.acknowledged + 1 - this.#progress.base;
  }

  /** Of a leased one: the next event to be sent takes this number, since others took those before it. */
  align(nextInSequence: number): void {
    const { acknowledged } = this.#progress;
    this.#keep({ ...this.#progress, base: acknowledged + 1 - nextInSequence, from: acknowledged + 1 }, false);
  }

  /** Of a leased one whose process ended: what the gateway lacks is sent under a name of its own, which nothing fences. */
  unlease(): void {
    const { acknowledged } = this.#progress;
    this.#keep({ epoch: 1, base: acknowledged, from: acknowledged + 1, acknowledged }, true);
  }

  /** Syncs and closes; the files stay for a later process. */
  close(): void {
    this.#cancelSync?.();
    this.#cancelRetry?.();
    this.#closeFile();
  }

  /** Closes it for whoever comes, although this process lives on. */
  abandon(): void {
    this.close();
    try {
      writeAbout(this.directory, { ...this.about, owner: nobody });
    } catch {
      // The disk is full: they can have it when this process has ended.
    }
  }

  /** Everything was sent: deletes the files. */
  remove(): void {
    this.close();
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** Number of the newest event on disk. */
  get #written(): number {
    return this.#next - 1 - this.#unwritten.reduce((sum, batch) => sum + batch.count, 0);
  }

  #write(): void {
    while (this.#unwritten.length > 0) {
      const [batch] = this.#unwritten;
      if (batch === undefined) return;
      const fault = this.#writeBatch(batch.text, batch.count);
      this.#diskFault = fault;
      if (fault !== undefined) {
        this.#cancelRetry ??= this.#clock.timer(retryMs, () => {
          this.#cancelRetry = undefined;
          this.#write();
          this.#changed();
        });
        return;
      }
      this.#unwritten.shift();
    }
  }

  /** Returns why it could not be written, if so; then nothing of it stays in the file. */
  #writeBatch(text: Buffer, count: number): string | undefined {
    try {
      const segment = this.#segmentToAppend();
      this.#file ??= openSync(segment.path, "a", 0o600);
      try {
        for (let at = 0; at < text.length; ) at += writeSync(this.#file, text, at);
      } catch (error) {
        ftruncateSync(this.#file, segment.bytes);
        throw error;
      }
      segment.bytes += text.length;
      segment.count += count;
      this.#bytes += text.length;
      this.#cancelSync ??= this.#clock.timer(syncMs, () => this.#sync());
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  #segmentToAppend(): Segment {
    const last = this.#segments.at(-1);
    if (last !== undefined && last.bytes < this.#segmentBytes) return last;
    this.#leaveFile();
    const first = this.#written + 1;
    const segment = { first, count: 0, bytes: 0, path: segmentPath(this.directory, first) };
    this.#segments.push(segment);
    return segment;
  }

  /** What the gateway already has need not reach the disk here. */
  #sync(): void {
    this.#cancelSync = undefined;
    if (this.#file === undefined || this.#progress.acknowledged >= this.#written) return;
    // A failed sync says nothing about events the gateway will still get from the cache; there is nothing to undo.
    fdatasync(this.#file, () => undefined);
  }

  /** The segment is full: synced and closed while the next one is written. */
  #leaveFile(): void {
    const file = this.#file;
    this.#file = undefined;
    if (file !== undefined) fdatasync(file, () => close(file));
  }

  #closeFile(): void {
    if (this.#file === undefined) return;
    if (this.#progress.acknowledged < this.#written) fdatasyncSync(this.#file);
    closeSync(this.#file);
    this.#file = undefined;
  }

  #keep(progress: SpoolProgress, durable: boolean): void {
    this.#progress = progress;
    writeProgress(this.directory, progress, durable);
  }

  #offsetOf(file: number, segment: Segment, from: number): number {
    return readLines(file, 0, segment.bytes, from - segment.first, segment.bytes).bytes;
  }

  /** Completes the metadata, which is the line's last member. */
  #stamp(line: string, number: number): string {
    const { epoch, base, leased = this.about.producer } = this.#progress;
    const comma = line.endsWith('"metadata":{}}') ? "" : ",";
    const id = JSON.stringify(leased);
    return `${line.slice(0, -2)}${comma}"producer":{"id":${id},"epoch":${epoch},"seq":${number - base}}}}`;
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** A line that this class wrote, so only a damaged disk makes it something else. */
function decodeLine(line: string): Draft | undefined {
  try {
    return JSON.parse(line) as Draft;
  } catch {
    return undefined;
  }
}

/** Whole lines from byte `start` on: at most `maxLines` and `maxBytes`, but at least one if one is wanted. */
function readLines(
  file: number,
  start: number,
  end: number,
  maxLines: number,
  maxBytes: number,
): { lines: string[]; bytes: number } {
  let most = maxLines;
  for (let size = Math.min(maxBytes, end - start); most > 0 && size > 0; size = Math.min(size * 2, end - start)) {
    const buffer = Buffer.allocUnsafe(size);
    const got = readSync(file, buffer, 0, size, start);
    const lines: string[] = [];
    let from = 0;
    for (let at = buffer.indexOf(10); at >= 0 && at < got && lines.length < most; at = buffer.indexOf(10, from)) {
      lines.push(buffer.toString("utf8", from, at));
      from = at + 1;
    }
    if (lines.length > 0 || size >= end - start) return { lines, bytes: from };
    // The first line alone is longer than was asked for.
    most = 1;
  }
  return { lines: [], bytes: 0 };
}
