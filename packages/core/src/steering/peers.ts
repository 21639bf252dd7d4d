/**
 * Whether this node hears the others. One that is cut off without having noticed would think that everybody was silent: as long as
 * a node that told something about once a second is not heard any more, and is not known to be gone, nobody is lost for being silent.
 */

/** What nodes tell comes each second, and has its way. */
const deafMs = 3_000;
/** One that is silent for so long has nothing to tell. */
const forgottenMs = 30_000;

export class Peers {
  /** When each was heard last, by the steady clock. */
  readonly #heardMs = new Map<string, number>();

  heard(node: string, nowMs: number): void {
    this.#heardMs.set(node, nowMs);
  }

  left(node: string): void {
    this.#heardMs.delete(node);
  }

  /** Is one of them not heard that should be? */
  areSilent(nowMs: number): boolean {
    for (const [node, heardMs] of this.#heardMs) {
      if (nowMs - heardMs > forgottenMs) this.#heardMs.delete(node);
      else if (nowMs - heardMs > deafMs) return true;
    }
    return false;
  }
}
