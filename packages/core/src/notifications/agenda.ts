/** When each thing is to be looked at again, for each place that may be told of it. Kept nowhere: what is kept tells it anew. */

export interface Errand {
  /** What it is about. */
  readonly about: string;
  /** Who is told. */
  readonly to: string;
}

export class Agenda {
  /** By what they are about, then by whom they tell; milliseconds since 1970. */
  readonly #due = new Map<string, Map<string, number>>();
  readonly #most: number;
  #size = 0;

  /** `most`: what comes beyond is not noted. */
  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#size;
  }

  /** False: there is no room for it. What was noted before is replaced. */
  note({ about, to }: Errand, dueMs: number): boolean {
    const all = this.#due.get(about) ?? new Map<string, number>();
    if (!all.has(to)) {
      if (this.#size >= this.#most) return false;
      this.#size++;
    }
    all.set(to, dueMs);
    this.#due.set(about, all);
    return true;
  }

  /** Takes out what is due, the first first, at most so many. */
  take(nowMs: number, most: number): Errand[] {
    const due: Array<Errand & { dueMs: number }> = [];
    for (const [about, all] of this.#due) {
      for (const [to, dueMs] of all) if (dueMs <= nowMs) due.push({ about, to, dueMs });
    }
    due.sort((a, b) => a.dueMs - b.dueMs);
    const taken = due.slice(0, most);
    for (const one of taken) this.#remove(one);
    return taken.map(({ about, to }) => ({ about, to }));
  }

  /** It is over: whoever was to be told of it is looked at now. */
  hasten(about: string, nowMs: number): void {
    const all = this.#due.get(about);
    for (const to of all?.keys() ?? []) all?.set(to, nowMs);
  }

  #remove({ about, to }: Errand): void {
    const all = this.#due.get(about);
    if (all?.delete(to) !== true) return;
    this.#size--;
    if (all.size === 0) this.#due.delete(about);
  }
}
