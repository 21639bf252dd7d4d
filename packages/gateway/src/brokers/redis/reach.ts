/** Whether everything is in reach, out of what each line says. */
export class Reach {
  readonly #away = new Map<string, string>();
  readonly #onChange: (isReachable: boolean, why?: string) => void;

  constructor(onChange: (isReachable: boolean, why?: string) => void) {
    this.#onChange = onChange;
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
