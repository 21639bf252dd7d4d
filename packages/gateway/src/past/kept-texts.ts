/** Texts that can be made again, as many as there is room for; those not asked for the longest go first. */
export class KeptTexts {
  readonly #most: number;
  readonly #texts = new Map<string, string>();
  #units = 0;

  /** `most`: UTF-16 units of them all. */
  constructor(most: number) {
    this.#most = most;
  }

  get(key: string): string | undefined {
    const text = this.#texts.get(key);
    if (text !== undefined) {
      this.#texts.delete(key);
      this.#texts.set(key, text);
    }
    return text;
  }

  set(key: string, text: string): void {
    this.#units += text.length - (this.#texts.get(key)?.length ?? 0);
    this.#texts.delete(key);
    this.#texts.set(key, text);
    for (const [oldest, { length }] of this.#texts) {
      if (this.#units <= this.#most) break;
      this.#texts.delete(oldest);
      this.#units -= length;
    }
  }
}
