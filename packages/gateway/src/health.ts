/** Whether this node should get requests, and why not. */

export class Health {
  #stopping = false;
  #draining = false;
  #storeFailure: string | undefined;
  #storeAway: string | undefined;
  /** Why nothing comes from a source, by its name. */
  readonly #sources = new Map<string, string>();

  get ready(): boolean {
    return this.reasons.length === 0;
  }

  /** It is to get no more requests, and takes those that come. */
  get stopping(): boolean {
    return this.#stopping;
  }

  /** It takes nobody any more. */
  get draining(): boolean {
    return this.#draining;
  }

  /** Sentences; empty when all is well. */
  get reasons(): string[] {
    const reasons: string[] = [];
    if (this.#stopping) reasons.push("the gateway is stopping");
    if (this.#storeFailure !== undefined) reasons.push(`the store takes no writes: ${this.#storeFailure}`);
    return reasons;
  }

  /**
   * Sentences; empty when nothing is missing. A node whose store is away still serves who is connected, and so stays ready: the other
   * nodes are no better off.
   */
  get shortcomings(): string[] {
    const away = this.#storeAway === undefined ? [] : [`the store is away: ${this.#storeAway}`];
    return [...away, ...[...this.#sources].map(([name, why]) => `nothing comes from ${name}: ${why}`)];
  }

  /** `undefined`: it comes. */
  sourceMissing(name: string, why: string | undefined): void {
    if (why === undefined) this.#sources.delete(name);
    else this.#sources.set(name, why);
  }

  /** `undefined`: it can be reached. */
  storeReachable(why: string | undefined): void {
    this.#storeAway = why;
  }

  stop(): void {
    this.#stopping = true;
  }

  drain(): void {
    this.#stopping = true;
    this.#draining = true;
  }

  /** For good: a store that failed promises nothing any more. True the first time. */
  storeFailed(why: string): boolean {
    const first = this.#storeFailure === undefined;
    this.#storeFailure ??= why;
    return first;
  }
}
