/** Those whose turn it is to write, first come, first served. */
export class Line<One> {
  #all: One[] = [];
  #served = 0;

  get empty(): boolean {
    return this.#served === this.#all.length;
  }

  add(one: One): void {
    this.#all.push(one);
  }

  next(): One | undefined {
    if (this.empty) return undefined;
    const one = this.#all[this.#served++];
    if (this.empty) {
      this.#all = [];
      this.#served = 0;
    } else if (this.#served > shortest && this.#served * 2 > this.#all.length) {
      // Those served are cut off once they are the half, so that a step stays cheap.
      this.#all.splice(0, this.#served);
      this.#served = 0;
    }
    return one;
  }
}

/** A line is not worth cutting before so many were served. */
const shortest = 1_024;
