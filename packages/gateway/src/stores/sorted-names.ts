/** Names in binary order, so that a page of a listing costs its own length. */
export class SortedNames {
  readonly #names: string[] = [];

  /** A name may be added once only. */
  add(name: string): void {
    this.#names.splice(this.#firstNotBelow(name), 0, name);
  }

  remove(name: string): void {
    const at = this.#firstNotBelow(name);
    if (this.#names[at] === name) this.#names.splice(at, 1);
  }

  /** Names that begin with `prefix` and come after `after`, in order. */
  *from(prefix: string, after: string): Generator<string> {
    let at = this.#firstNotBelow(prefix > after ? prefix : after);
    for (; at < this.#names.length; at++) {
      const name = this.#names[at];
      if (name === undefined || !name.startsWith(prefix)) return;
      if (name > after) yield name;
    }
  }

  #firstNotBelow(name: string): number {
    let low = 0;
    let high = this.#names.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#names[middle] ?? "") < name) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
