/** Which way to the gateway to try: the best that works, found by trying. */
import { lastMs, never, type Transport } from "./transport.ts";

/** A better way is tried again after this long, give or take a quarter. */
const climbMs = 60_000;
/** A link that ends sooner did not last: with each of these a proxy may have ended what took it too long. */
const youngMs = 30_000;
/** So many in a row may be chance. */
const chance = 2;
/** Then the better way is tried again later and later: up to this power of two. */
const mostDoublings = 3;
/** How long a way may take to say its first word before the next is tried. */
const openMs = { websocket: 4_000, sse: 5_000, poll: 20_000 };
/** How an attempt ended: nobody there, no word in time, it had worked, or anything else. */
export type Failure = "unreachable" | "silent" | "lost" | "other";

export type Way = Pick<Transport, "name" | "duplex" | "quietMs" | "asks">;

export class Ladder {
  readonly ways: readonly Way[];
  /** Where the next attempt begins: the last way that worked. */
  start = 0;
  /** By way: failures in a row; 0 once it worked. */
  readonly #failures: number[] = [];
  /** When the link that is up began to work. */
  #sinceMs = 0;
  /** Links in a row that did not last. */
  #young = 0;

  constructor(ways: readonly Way[]) {
    this.ways = ways;
  }

  patienceMs(index: number): number {
    const way = this.ways[index];
    return way && index < this.ways.length - 1 ? openMs[way.name] : lastMs;
  }

  /** First it has to show that a word comes through at once: a proxy that collects would pass on a long history. */
  doubts(index: number): boolean {
    return this.ways[index]?.name === "sse" && this.#failures[index] !== 0;
  }

  worked(index: number, nowMs: number): void {
    this.start = index;
    this.#sinceMs = nowMs;
    this.#failures[index] = 0;
  }

  /** What to try at once; `undefined`: nothing, wait and begin again from `start`. */
  next(index: number, failure: Failure, nowMs: number): number | undefined {
    const below = index + 1 < this.ways.length ? index + 1 : undefined;
    if (failure === "lost") {
      if (below && nowMs - this.#sinceMs > youngMs) this.#young = 0;
      else if (below && ++this.#young > chance) this.start = below;
      return undefined;
    }
    this.start = 0;
    // The gateway itself was away, so it may have been the one that ended those links.
    if (this.#young <= chance) this.#young = 0;
    const failures = (this.#failures[index] ?? 0) + 1;
    this.#failures[index] = failures;
    // A browser does not say why a WebSocket failed, and a stream that a proxy cuts looks like nobody there: the
    // second time the next way will tell.
    const isUnclear = this.ways[index]?.name === "websocket" ? failure !== "silent" : failure === "unreachable";
    return isUnclear && failures < 2 ? undefined : below;
  }

  /** Milliseconds until better ways are tried again; Infinity on the best. */
  climbMs(index: number, random: number): number {
    const doublings = Math.min(Math.max(0, this.#young - chance), mostDoublings);
    return index > 0 ? climbMs * 2 ** doublings * (0.75 + random / 2) : never;
  }
}
