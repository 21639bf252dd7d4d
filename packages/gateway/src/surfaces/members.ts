/** The members of an object that somebody sent: only its own, whatever they are called. */
export class Members {
  readonly #of: Readonly<Record<string, unknown>>;

  constructor(of: Readonly<Record<string, unknown>>) {
    this.#of = of;
  }

  get all(): Readonly<Record<string, unknown>> {
    return this.#of;
  }

  value(name: string): unknown {
    return Object.hasOwn(this.#of, name) ? this.#of[name] : undefined;
  }

  text(name: string): string | undefined {
    const value = this.value(name);
    return typeof value === "string" ? value : undefined;
  }

  number(name: string): number | undefined {
    const value = this.value(name);
    return typeof value === "number" && Number.isFinite(value) ? value : undefined;
  }

  /** The first of these members that is a text which is not empty. */
  firstText(...names: readonly string[]): string | undefined {
    return names.map((name) => this.text(name)).find((text) => text !== undefined && text !== "");
  }

  /** Those of these members that are there, under the same names. */
  pick(...names: readonly string[]): Record<string, unknown> {
    const picked: Record<string, unknown> = {};
    for (const name of names) if (this.value(name) !== undefined) picked[name] = this.value(name);
    return picked;
  }
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const membersIn = (value: unknown): Members => new Members(isRecord(value) ? value : {});
