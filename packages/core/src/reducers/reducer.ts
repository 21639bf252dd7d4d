/** Folding a channel's events into its state. The same functions run in the gateway and in viewers. */

/** The part of an event that reducers look at. */
export interface FoldedEvent {
  type: string;
  /** Milliseconds since 1970. */
  timestamp: number;
  data: unknown;
  /** Where it is in its channel. */
  offset?: number | undefined;
}

export interface Reducer<State> {
  readonly name: string;
  /** Raised when the state's shape changes: older snapshots are then not used. */
  readonly version: number;
  initial(channel: string): State;
  /** Returns a new object if anything changed, else the same one; never throws, whatever the data. */
  apply(state: State, event: FoldedEvent): State;
}

/** Characters of a name or an id that a state keeps; more are cut off. */
const nameLength = 200;
/** Of a word such as a status: no longer ones are in the catalogue's sets. */
const wordLength = 64;
/** Items of a list of names. */
const namesKept = 100;
/** Of a sentence: enough to recognise a message in a list. */
const sentenceLength = 500;

/** Fields of `data`, which anybody may have sent in any shape and size. */
export class Fields {
  readonly #data: Readonly<Record<string, unknown>>;

  constructor(data: unknown) {
    this.#data = isRecord(data) ? data : {};
  }

  /** At most so many characters of it. */
  text(name: string, most = nameLength): string | undefined {
    const value = this.value(name);
    return typeof value === "string" ? value.slice(0, most) : undefined;
  }

  word(name: string): string | undefined {
    return this.text(name, wordLength);
  }

  sentence(name: string): string | undefined {
    return this.text(name, sentenceLength);
  }

  number(name: string): number | undefined {
    const value = this.value(name);
    return typeof value === "number" && Number.isFinite(value) ? value : undefined;
  }

  flag(name: string): boolean | undefined {
    const value = this.value(name);
    return typeof value === "boolean" ? value : undefined;
  }

  texts(name: string, most = namesKept): string[] {
    const value = this.value(name);
    if (!Array.isArray(value)) return [];
    const names = value.filter((item): item is string => typeof item === "string");
    return names.slice(0, most).map((item) => item.slice(0, nameLength));
  }

  inner(name: string): Fields | undefined {
    const value = this.value(name);
    return isRecord(value) ? new Fields(value) : undefined;
  }

  /** The objects of a list. */
  list(name: string, most: number): Fields[] {
    const value = this.value(name);
    return Array.isArray(value)
      ? value
          .filter(isRecord)
          .slice(0, most)
          .map((item) => new Fields(item))
      : [];
  }

  /** The numbers of a table whose keys are the sender's own. */
  numbers(name: string, most: number): Readonly<Record<string, number>> {
    const table = this.value(name);
    if (!isRecord(table)) return {};
    const numbers = Object.entries(table).filter(
      (entry): entry is [string, number] => entry[0].length <= nameLength && Number.isFinite(entry[1]),
    );
    return Object.fromEntries(numbers.slice(0, most));
  }

  /** Whatever it is; own members only. */
  value(name: string): unknown {
    return Object.hasOwn(this.#data, name) ? this.#data[name] : undefined;
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** What a state shows of a value that may be anything, and how long it was if that is not all of it. */
export interface Preview {
  value: unknown;
  /** Characters: of the text, or of the value as JSON. */
  size: number | undefined;
}

/**
 * The beginning of a text; any other value whole, or not at all where its JSON is longer. Never a piece of JSON as text: members
 * that are hidden from some people are found by their names.
 */
export function previewOf(value: unknown, most: number): Preview {
  if (typeof value === "string") {
    return value.length <= most ? { value, size: undefined } : { value: value.slice(0, most), size: value.length };
  }
  const size = typeof value === "object" && value !== null ? JSON.stringify(value).length : 0;
  return size <= most ? { value, size: undefined } : { value: undefined, size };
}

/** The part of a channel's name after the first colon. */
export const idOf = (channel: string): string => channel.slice(channel.indexOf(":") + 1);
