/** Which way to the gateway to try: the best that works, found by trying. */
import { lastMs, never, type Transport } from "./transport.ts";

/** A better way is tried again after this long, give or take a quarter. */
const climbMs = 60_000;
/** How long a way may take to say its first word before the next is tried. */
const openMs = { websocket: 4_000, sse: 5_000, poll: 20_000 };
/** How an attempt ended: nobody there, no word in time, or anything else. */
export type Failure = "unreachable" | "silent" | "other";

export type Way = Pick<Transport, "name" | "duplex" | "quietMs" | "asks">;

export class Ladder {
  readonly ways: readonly Way[];
  /** Where the next attempt begins: the last way that worked. */
  start = 0;
  /** By way: failures in a row that leave open whether the way is blocked or the gateway away. */
  readonly #unclear: number[] = [];

  constructor(ways: readonly Way[]) {
    this.ways = ways;
  }

  patienceMs(index: number): number {
    const way = this.ways[index];
    return way && index < this.ways.length - 1 ? openMs[way.name] : lastMs;
  }

  worked(index: number): void {
    this.start = index;
    this.#unclear[index] = 0;
  }

  /** What to try at once; `undefined`: nothing, wait and begin again from the best. */
  next(index: number, failure: Failure): number | undefined {
    this.start = 0;
    const { name } = this.ways[index] ?? {};
    if (index + 1 >= this.ways.length) return undefined;
    // A browser does not say why a WebSocket failed, and a stream that a proxy cuts looks like nobody there: the
    // second time the next way will tell.
    const unclear = name === "websocket" ? failure !== "silent" : failure === "unreachable";
    if (!unclear) return index + 1;
    const times = (this.#unclear[index] ?? 0) + 1;
    this.#unclear[index] = times;
    return times < 2 ? undefined : index + 1;
  }

  /** Milliseconds until better ways are tried again; Infinity on the best. */
  climbMs(index: number, random: number): number {
    return index > 0 ? climbMs * (0.75 + random / 2) : never;
  }
}
