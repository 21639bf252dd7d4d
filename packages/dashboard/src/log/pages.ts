/** A bounded window of a log's rows, addressed by offset. What is not held is fetched again when looked at. */
import type { Gap, Publication } from "@signalbox/protocol";
import { count } from "../components/figures.ts";
import { hidden, type LogRow, rowOf } from "./row.ts";
import { firstOf, pageOf, pageSize, RowCounts } from "./row-counts.ts";

/** Of 1,000 rows each. */
const defaultPages = 24;

type Slot = LogRow | typeof hidden | undefined;

interface Page {
  /** By offset − first offset of the page. */
  slots: Slot[];
  known: number;
  hidden: number;
}

/** What stands where there is no row to show: not fetched yet. */
export type Seen = LogRow | "unknown";

export class LogPages {
  readonly #most: number;
  readonly #counts = new RowCounts();
  readonly #pages = new Map<number, Page>();
  #epoch = "";
  #floor = 1;
  #newest = 0;
  /** What came after it is not shown. */
  #until = Number.POSITIVE_INFINITY;
  /** The row that says what is no longer kept; stands at floor − 1. */
  #gap: LogRow | undefined;
  #focus = 1;

  constructor(mostPages = defaultPages) {
    this.#most = mostPages;
  }

  get epoch(): string {
    return this.#epoch;
  }

  /** Newest offset known to exist. */
  get newest(): number {
    return this.#newest;
  }

  /** Newest offset that is shown. */
  get top(): number {
    return Math.min(this.#newest, this.#until);
  }

  /** Shows the log as it was when this was the newest offset; undefined: as it is. */
  showUntil(offset: number | undefined): void {
    this.#until = offset ?? Number.POSITIVE_INFINITY;
    this.#span();
  }

  /** Oldest offset that is kept. */
  get floor(): number {
    return this.#floor;
  }

  /** Offset of the first row: the gap's, where there is one. */
  get first(): number {
    return this.#gap ? this.#gap.offset : this.#floor;
  }

  /** Rows in all; an estimate while pages that were never had may hold offsets without a row. */
  get rows(): number {
    return this.#counts.total;
  }

  get heldPages(): number {
    return this.#pages.size;
  }

  /** What the gateway said of the history; another epoch drops everything. */
  extend(epoch: string, floor: number, top: number): void {
    if (epoch !== this.#epoch) {
      const lost = this.#epoch !== "";
      this.#pages.clear();
      this.#epoch = epoch;
      this.#newest = 0;
      this.#floor = 1;
      this.#gap = undefined;
      if (lost) this.#gap = gapRow(0, "Earlier lines were lost: the history could not be kept (its epoch changed).");
    }
    this.#newest = Math.max(this.#newest, top);
    if (floor > this.#floor) {
      this.#floor = floor;
      this.#gap = trimmedRow(floor - 1, `Rows 1–${count(floor - 1)}`);
      for (const page of this.#pages.keys()) if (firstOf(page) + pageSize - 1 < floor) this.#pages.delete(page);
    }
    this.#span();
  }

  put(publications: readonly Publication[]): void {
    for (const publication of publications) {
      if (publication.epoch !== this.#epoch) this.extend(publication.epoch, 1, publication.offset);
      this.#keep(publication);
    }
    this.#span();
    const newest = publications.at(-1);
    if (newest) this.#evict(pageOf(newest.offset));
  }

  /** Says that offsets up to `gap.to` are not coming: they are no longer kept, or were too much for this connection. */
  lose(gap: Gap): void {
    if (gap.epoch !== this.#epoch || gap.to === undefined) return;
    if (gap.reason === "slow") this.#leaveOut(gap.from, gap.to, gap.counts ?? {});
    else this.extend(gap.epoch, gap.to + 1, gap.to);
  }

  /** What was left out is wanted after all: its rows are unknown from now on. */
  wantUnsent({ from, to }: NonNullable<LogRow["unsent"]>): void {
    for (let number = pageOf(from); number <= pageOf(to); number++) {
      const page = this.#pages.get(number);
      const end = Math.min(to, firstOf(number) + pageSize - 1);
      for (let offset = Math.max(from, firstOf(number)); page && offset <= end; offset++) {
        const at = (offset - 1) % pageSize;
        if (page.slots[at] === undefined) continue;
        if (page.slots[at] === hidden) page.hidden--;
        page.slots[at] = undefined;
        page.known--;
      }
      this.#counts.setHidden(number, page ? this.#hiddenIn(number, page) : 0);
    }
    this.#span();
  }

  /** The page people look at: the last ones to be given up. */
  focusOn(offset: number): void {
    this.#focus = offset;
  }

  at(offset: number): Seen | typeof hidden | undefined {
    if (this.#gap?.offset === offset) return this.#gap;
    if (offset < this.#floor || offset > this.top) return undefined;
    return this.#pages.get(pageOf(offset))?.slots[(offset - 1) % pageSize] ?? "unknown";
  }

  /** The nearest offset that has a row, at or after `offset` (or at or before). */
  nearest(offset: number, direction: 1 | -1): number | undefined {
    for (let at = offset; at >= this.first && at <= this.top; at += direction) {
      if (this.at(at) !== hidden) return at;
    }
    return undefined;
  }

  /** Number of the row, from 0. */
  indexOf(offset: number): number {
    const page = pageOf(Math.max(offset, this.#floor));
    if (offset < this.#floor) return 0;
    const first = Math.max(firstOf(page), this.first);
    const held = this.#pages.get(page);
    let before = 0;
    if (held) {
      for (let at = first; at < offset; at++) if (this.at(at) !== hidden) before++;
    } else {
      const offsets = Math.min(firstOf(page) + pageSize - 1, this.top) - first + 1;
      before = Math.round(((offset - first) / Math.max(1, offsets)) * this.#counts.rowsOf(page));
    }
    return this.#counts.before(page) + before;
  }

  /** The row's offset; the inverse of `indexOf` as far as pages are held. */
  offsetOf(index: number): number {
    if (this.rows === 0) return this.first;
    const { page, within } = this.#counts.find(Math.max(0, Math.min(index, this.rows - 1)));
    const first = Math.max(firstOf(page), this.first);
    const last = Math.min(firstOf(page) + pageSize - 1, this.top);
    if (!this.#pages.has(page)) {
      const rows = Math.max(1, this.#counts.rowsOf(page));
      return Math.min(last, first + Math.floor((within / rows) * (last - first + 1)));
    }
    let left = within;
    for (let at = first; at <= last; at++) {
      if (this.at(at) !== hidden && left-- <= 0) return at;
    }
    return last;
  }

  /** Pages with an offset in `from..to` that is not held. */
  missing(from: number, to: number): number[] {
    const wanted: number[] = [];
    const last = Math.min(to, this.top);
    for (let page = pageOf(Math.max(from, this.#floor)); firstOf(page) <= last; page++) {
      if (!this.#whole(page)) wanted.push(page);
    }
    return wanted;
  }

  #whole(page: number): boolean {
    const first = Math.max(firstOf(page), this.#floor);
    const expected = Math.min(firstOf(page) + pageSize - 1, this.#newest) - first + 1;
    return (this.#pages.get(page)?.known ?? 0) >= expected;
  }

  /** Of the offsets that are shown. */
  #hiddenIn(number: number, page: Page): number {
    const shown = this.top - firstOf(number) + 1;
    if (this.#newest <= this.#until || shown >= pageSize) return page.hidden;
    return page.slots.slice(0, Math.max(0, shown)).filter((slot) => slot === hidden).length;
  }

  #keep(publication: Publication): void {
    this.#fill(publication.offset, (before) => rowOf(publication, before));
  }

  /** One row says what was left out; the other offsets have none. */
  #leaveOut(from: number, to: number, counts: Readonly<Record<string, number>>): void {
    const first = Math.max(from, this.#floor);
    const row: LogRow = { ...gapRow(to, unsentText(counts, to - from + 1)), unsent: { from: first, to } };
    for (let offset = first; offset <= to; offset++) this.#fill(offset, () => (offset === to ? row : hidden));
    this.#span();
    this.#evict(pageOf(to));
  }

  #fill(offset: number, make: (before: LogRow | undefined) => LogRow | typeof hidden): void {
    if (offset < this.#floor) return;
    this.#newest = Math.max(this.#newest, offset);
    const number = pageOf(offset);
    let page = this.#pages.get(number);
    if (!page) {
      page = { slots: [], known: 0, hidden: 0 };
      this.#pages.set(number, page);
    }
    const at = (offset - 1) % pageSize;
    if (page.slots[at] !== undefined) return;
    const before = page.slots[at - 1];
    const slot = make(before === hidden ? undefined : before);
    page.slots[at] = slot;
    page.known++;
    if (slot !== hidden) return;
    page.hidden++;
    this.#counts.setHidden(number, this.#hiddenIn(number, page));
  }

  #span(): void {
    this.#counts.span(this.first, this.top);
    this.#nameGap();
    for (const [number, page] of this.#pages)
      if (this.#whole(number)) this.#counts.setHidden(number, this.#hiddenIn(number, page));
  }

  /** People count in lines: once the first kept one is known, the gap says which lines are missing. */
  #nameGap(): void {
    if (this.#gap?.offset !== this.#floor - 1 || this.#floor === 1) return;
    const first = this.at(this.#floor);
    if (typeof first !== "object" || first.line === undefined || first.line < 2) return;
    const range = first.line === 2 ? "Line 1" : `Lines 1–${count(first.line - 1)}`;
    const gap = trimmedRow(this.#floor - 1, range);
    if (gap.text !== this.#gap.text) this.#gap = gap;
  }

  /** Gives up what is farthest from what people look at, from the tail, and from what has just come. */
  #evict(fresh: number): void {
    if (this.#pages.size <= this.#most) return;
    const near = [pageOf(this.#focus), pageOf(this.top), fresh];
    const distance = (page: number): number => Math.min(...near.map((one) => Math.abs(page - one)));
    const farthest = [...this.#pages.keys()].sort((a, b) => distance(b) - distance(a));
    for (const page of farthest.slice(0, this.#pages.size - this.#most)) this.#pages.delete(page);
  }
}

const trimmedRow = (offset: number, what: string): LogRow => gapRow(offset, `${what}: no longer kept (retention).`);

/** Counted in lines, as people do; where there were none among them, in events. */
function unsentText({ process_output: lines }: Readonly<Record<string, number>>, events: number): string {
  const what = lines === undefined ? `${count(events)} events` : `${count(lines)} ${lines === 1 ? "line" : "lines"}`;
  return `${what} not sent: this connection is too slow.`;
}

const gapRow = (offset: number, text: string): LogRow => ({
  offset,
  kind: "gap",
  stream: undefined,
  text,
  line: undefined,
  continued: false,
  timestampMs: 0,
});
