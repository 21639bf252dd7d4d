/**
 * How many rows there are, and which one an offset is. Some offsets have no row; how many of a page do is known
 * once the page was had, and estimated before.
 */

/** Offsets of page p: p × 1,000 + 1 … (p + 1) × 1,000. */
export const pageSize = 1_000;

export const pageOf = (offset: number): number => Math.floor((offset - 1) / pageSize);
export const firstOf = (page: number): number => page * pageSize + 1;

export class RowCounts {
  /** First and last offset that have or may have a row; empty while first > last. */
  #first = 1;
  #last = 0;
  /** Offsets without a row, by page, where the page was had. */
  readonly #hidden = new Map<number, number>();
  #hiddenSum = 0;
  /** sums[i]: rows before page firstPage + i. Valid up to #summed. */
  #sums: number[] = [0];
  #summed = 0;

  get first(): number {
    return this.#first;
  }

  get last(): number {
    return this.#last;
  }

  get total(): number {
    return this.#last < this.#first ? 0 : this.before(pageOf(this.#last) + 1);
  }

  span(first: number, last: number): void {
    if (first !== this.#first) this.#summed = 0;
    else if (last !== this.#last) this.#forget(pageOf(Math.min(last, this.#last)));
    this.#first = first;
    this.#last = last;
  }

  /** So many of the page's offsets, of those inside the span, have no row. */
  setHidden(page: number, hidden: number): void {
    const had = this.#hidden.get(page);
    if (had === hidden) return;
    this.#hidden.set(page, hidden);
    this.#hiddenSum += hidden - (had ?? 0);
    this.#forget(page);
  }

  rowsOf(page: number): number {
    const offsets = this.#offsetsOf(page);
    return Math.max(0, offsets - (this.#hidden.get(page) ?? this.#estimate(offsets)));
  }

  /** Rows before the page. */
  before(page: number): number {
    const from = pageOf(this.#first);
    const wanted = Math.max(0, Math.min(page, pageOf(this.#last) + 1) - from);
    while (this.#summed < wanted) {
      this.#sums[this.#summed + 1] = (this.#sums[this.#summed] ?? 0) + this.rowsOf(from + this.#summed);
      this.#summed++;
    }
    return this.#sums[wanted] ?? 0;
  }

  /** The page that holds the row, counted from 0, and the row's number within the page. */
  find(row: number): { page: number; within: number } {
    const from = pageOf(this.#first);
    let low = from;
    let high = Math.max(from, pageOf(this.#last));
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.before(middle) <= row) low = middle;
      else high = middle - 1;
    }
    return { page: low, within: row - this.before(low) };
  }

  #offsetsOf(page: number): number {
    const first = Math.max(firstOf(page), this.#first);
    return Math.max(0, Math.min(firstOf(page) + pageSize - 1, this.#last) - first + 1);
  }

  #estimate(offsets: number): number {
    const known = this.#hidden.size * pageSize;
    return known === 0 ? 0 : Math.round((offsets * this.#hiddenSum) / known);
  }

  #forget(page: number): void {
    this.#summed = Math.min(this.#summed, Math.max(0, page - pageOf(this.#first)));
  }
}
