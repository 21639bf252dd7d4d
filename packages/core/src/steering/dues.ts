/** When something is due: a heap of times, in which a later word about the same key replaces the earlier one. */

interface Due {
  ms: number;
  key: string;
}

export class Dues {
  readonly #at = new Map<string, number>();
  /** A binary heap by time; entries that `#at` does not agree with any more are passed over. */
  #heap: Due[] = [];

  /** Keys of which something is due some time. */
  get size(): number {
    return this.#at.size;
  }

  /** Milliseconds since 1970; `undefined`: nothing is due of it any more. */
  set(key: string, ms: number | undefined): void {
    if (this.#at.get(key) === ms) return;
    if (ms === undefined) {
      this.#at.delete(key);
      if (this.#heap.length > 2 * this.#at.size + 64) this.#tidy();
      return;
    }
    this.#at.set(key, ms);
    this.#push({ ms, key });
  }

  /** Takes out what is due by then, the earliest first, at most `limit`. */
  take(nowMs: number, limit: number): string[] {
    const due: string[] = [];
    for (
      let first = this.#heap[0];
      first !== undefined && first.ms <= nowMs && due.length < limit;
      first = this.#heap[0]
    ) {
      this.#pop();
      if (this.#at.get(first.key) !== first.ms) continue;
      this.#at.delete(first.key);
      due.push(first.key);
    }
    return due;
  }

  #tidy(): void {
    this.#heap = [...this.#at].map(([key, ms]) => ({ ms, key })).sort((a, b) => a.ms - b.ms);
  }

  #push(due: Due): void {
    const heap = this.#heap;
    let at = heap.push(due) - 1;
    for (let up = (at - 1) >> 1; at > 0 && msOf(heap, up) > due.ms; up = (at - 1) >> 1) {
      this.#swap(at, up);
      at = up;
    }
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    heap[0] = last;
    for (let at = 0; ; ) {
      const left = 2 * at + 1;
      const least = msOf(heap, left + 1) < msOf(heap, left) ? left + 1 : left;
      if (msOf(heap, least) >= last.ms) return;
      this.#swap(at, least);
      at = least;
    }
  }

  #swap(a: number, b: number): void {
    const [one, other] = [this.#heap[a], this.#heap[b]];
    if (one === undefined || other === undefined) return;
    this.#heap[a] = other;
    this.#heap[b] = one;
  }
}

const msOf = (heap: readonly Due[], at: number): number => heap[at]?.ms ?? Number.POSITIVE_INFINITY;
