/** Where a client stands, as it keeps it: positions as text by channel, and which patterns it was in (S§4.7). Pure. */
import { formatPosition, isChannel, type Position, parsePosition, type Since } from "@signalbox/protocol";
import { isRecord, membersIn } from "../members.ts";

export interface Standing {
  channels: ReadonlyMap<string, Position>;
  /** All channels of these that existed are among those. */
  patterns: ReadonlySet<string>;
}

/** What a member for a pattern says. */
const sinceTheBeginning = "earliest";

/** `auth.since`; `undefined` if something of it was never given out. */
export function readStanding(given: unknown, patterns: readonly string[]): Standing | undefined {
  if (!isRecord(given)) return undefined;
  const channels = new Map<string, Position>();
  const joined = new Set<string>();
  for (const [name, value] of Object.entries(given)) {
    const position = typeof value === "string" ? parsePosition(value) : undefined;
    if (position !== undefined && isChannel(name)) channels.set(name, position);
    else if (value === sinceTheBeginning && patterns.includes(name)) joined.add(name);
    else return undefined;
  }
  return { channels, patterns: joined };
}

/** `since` of `subscribe-process`; `undefined` if it is none. */
export function readSince(given: unknown): Since | undefined {
  if (given === "earliest" || given === "now") return given;
  if (typeof given === "string") return parsePosition(given);
  const last = membersIn(given).number("last");
  return last !== undefined && Number.isSafeInteger(last) && last >= 0 ? { last } : undefined;
}

/** Places that a client has not been told of yet. */
export class Untold {
  #places: Record<string, string> | undefined;

  get any(): boolean {
    return this.#places !== undefined;
  }

  stands(channel: string, position: Position): void {
    this.#add(channel, formatPosition(position));
  }

  /** All channels of the pattern were named. */
  joined(pattern: string): void {
    this.#add(pattern, sinceTheBeginning);
  }

  take(): Record<string, string> {
    const places = this.#places ?? {};
    this.#places = undefined;
    return places;
  }

  /** Neither a channel nor a pattern can be called like a member that every object has. */
  #add(name: string, place: string): void {
    this.#places ??= {};
    this.#places[name] = place;
  }
}
