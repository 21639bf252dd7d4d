/** Folding a channel's events into its state. The same functions run in the gateway and in viewers. */

/** The part of an event that reducers look at. */
export interface FoldedEvent {
  type: string;
  /** Milliseconds since 1970. */
  timestamp: number;
  data: unknown;
}

export interface Reducer<State> {
  readonly name: string;
  /** Raised when the state's shape changes: older snapshots are then not used. */
  readonly version: number;
  initial(channel: string): State;
  /** Returns a new object if anything changed, else the same one; never throws, whatever the data. */
  apply(state: State, event: FoldedEvent): State;
}

/** Fields of `data`, which anybody may have sent in any shape. */
export class Fields {
  readonly #data: Readonly<Record<string, unknown>>;

  constructor(data: unknown) {
    this.#data = isRecord(data) ? data : {};
  }

  text(name: string): string | undefined {
    const value = this.#own(name);
    return typeof value === "string" ? value : undefined;
  }

  number(name: string): number | undefined {
    const value = this.#own(name);
    return typeof value === "number" && Number.isFinite(value) ? value : undefined;
  }

  flag(name: string): boolean | undefined {
    const value = this.#own(name);
    return typeof value === "boolean" ? value : undefined;
  }

  texts(name: string): string[] {
    const value = this.#own(name);
    return Array.isArray(value) ? value.filter((item): item is string => typeof item === "string") : [];
  }

  inner(name: string): Fields | undefined {
    const value = this.#own(name);
    return isRecord(value) ? new Fields(value) : undefined;
  }

  #own(name: string): unknown {
    return Object.hasOwn(this.#data, name) ? this.#data[name] : undefined;
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The part of a channel's name after the first colon. */
export const idOf = (channel: string): string => channel.slice(channel.indexOf(":") + 1);
