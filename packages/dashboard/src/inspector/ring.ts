/** The newest records, as many as there is room for; the oldest make room. */
import type { Readable } from "@signalbox/client";
import type { Wanted, WireRecord } from "./record.ts";

export interface RingView {
  /** Oldest first. */
  records: readonly WireRecord[];
  /** All that went by, and those that were wanted. */
  seen: number;
  fitting: number;
  /** Of those that were wanted, a second: of the last seconds. */
  perSecond: number;
  /** Statements of the gateway that something is not coming to this page, and how many events that was. */
  gaps: number;
  left: number;
}

export const keptAtMost = 5_000;
const bytesAtMost = 33_554_432;
/** Told at most so often: a few renders a second, however much comes. */
const tellMs = 250;
const rateMs = 2_000;

export class Ring implements Readable<RingView> {
  readonly #wanted: Wanted;
  readonly #listeners = new Set<() => void>();
  #records: WireRecord[] = [];
  /** Where the oldest is: taking it off one by one would move all others each time. */
  #first = 0;
  #bytes = 0;
  #counts = { seen: 0, fitting: 0, gaps: 0, left: 0 };
  #rate = { sinceMs: 0, before: 0, perSecond: 0 };
  #view: RingView = { records: [], seen: 0, fitting: 0, perSecond: 0, gaps: 0, left: 0 };
  #timer: ReturnType<typeof setTimeout> | undefined;
  #id = 0;

  constructor(wanted: Wanted) {
    this.#wanted = wanted;
  }

  get nextId(): number {
    return ++this.#id;
  }

  readonly snapshot = (): RingView => this.#view;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  push(record: WireRecord): void {
    this.#counts.seen++;
    this.#soon();
    if (!this.#wanted(record)) return;
    this.#counts.fitting++;
    this.#records.push(record);
    this.#bytes += record.text.length;
    while (this.#records.length - this.#first > keptAtMost || this.#bytes > bytesAtMost) {
      const oldest = this.#records[this.#first];
      // One that is too large alone is kept alone.
      if (oldest === undefined || this.#first === this.#records.length - 1) break;
      this.#bytes -= oldest.text.length;
      this.#first++;
    }
    if (this.#first <= keptAtMost) return;
    this.#records = this.#records.slice(this.#first);
    this.#first = 0;
  }

  /** Something is not coming. */
  gap(count: number): void {
    this.#counts.gaps++;
    this.#counts.left += count;
    this.#soon();
  }

  clear(): void {
    this.#records = [];
    this.#first = 0;
    this.#bytes = 0;
    this.#counts = { seen: 0, fitting: 0, gaps: 0, left: 0 };
    this.#rate = { ...this.#rate, before: 0, perSecond: 0 };
    this.#tell();
  }

  #soon(): void {
    this.#timer ??= setTimeout(() => this.#tell(), tellMs);
  }

  #tell(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const nowMs = performance.now();
    const { fitting } = this.#counts;
    const pastMs = nowMs - this.#rate.sinceMs;
    if (pastMs >= rateMs) {
      const perSecond = this.#rate.sinceMs === 0 ? 0 : ((fitting - this.#rate.before) * 1_000) / pastMs;
      this.#rate = { sinceMs: nowMs, before: fitting, perSecond };
    }
    const { perSecond } = this.#rate;
    this.#view = { records: this.#records.slice(this.#first), ...this.#counts, perSecond };
    for (const listener of [...this.#listeners]) listener();
    // Silence shows too: the rate falls.
    if (perSecond > 0) this.#timer = setTimeout(() => this.#tell(), rateMs);
  }
}
