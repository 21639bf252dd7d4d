/** The last so many rows of figures, each with its time: memory of a fixed size, whatever happens. */

export class Ring {
  readonly #capacity: number;
  readonly #columns: number;
  /** Milliseconds since 1970. */
  readonly #at: Float64Array;
  /** Row after row; seven digits are enough to look at. NaN: not known. */
  readonly #values: Float32Array;
  /** Rows that were ever written. */
  #written = 0;

  constructor(capacity: number, columns: number) {
    this.#capacity = capacity;
    this.#columns = columns;
    this.#at = new Float64Array(capacity);
    this.#values = new Float32Array(capacity * columns).fill(Number.NaN);
  }

  get bytes(): number {
    return this.#at.byteLength + this.#values.byteLength;
  }

  get size(): number {
    return Math.min(this.#written, this.#capacity);
  }

  /** A clock that was set back begins anew: rows are in the order of their times. */
  add(atMs: number, row: ArrayLike<number>): void {
    if (this.size > 0 && atMs <= this.#timeOf(this.#written - 1)) this.#written = 0;
    const place = this.#written % this.#capacity;
    this.#at[place] = atMs;
    for (let column = 0; column < this.#columns; column++) {
      this.#values[place * this.#columns + column] = row[column] ?? Number.NaN;
    }
    this.#written++;
  }

  /** Numbers of the rows after this time. */
  *after(fromMs: number): Generator<number> {
    for (let row = this.#written - this.size; row < this.#written; row++) if (this.#timeOf(row) > fromMs) yield row;
  }

  times(rows: readonly number[]): number[] {
    return rows.map((row) => this.#timeOf(row));
  }

  /** null: not known. */
  column(column: number, rows: readonly number[]): Array<number | null> {
    return rows.map((row) => {
      const value = this.#values[(row % this.#capacity) * this.#columns + column] ?? Number.NaN;
      return Number.isFinite(value) ? value : null;
    });
  }

  #timeOf(row: number): number {
    return this.#at[row % this.#capacity] ?? 0;
  }
}
