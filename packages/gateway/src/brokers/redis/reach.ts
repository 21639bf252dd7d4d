/** Whether everything is in reach, out of what each line says. */
export class Reach {
  readonly #away = new Map<string, string>();
  #onChange: (isReachable: boolean, why?: string) => void = () => {};

  /** Told at once if it is not so. */
  listen(onChange: (isReachable: boolean, why?: string) => void): void {
    this.#onChange = onChange;
    const [why] = this.#away.values();
    if (why !== undefined) onChange(false, why);
  }

  away(line: string, why: string): void {
    const isFirst = this.#away.size === 0;
    this.#away.set(line, why);
    if (isFirst) this.#onChange(false, why);
  }

  up(line: string): void {
    if (this.#away.delete(line) && this.#away.size === 0) this.#onChange(true);
  }
}
