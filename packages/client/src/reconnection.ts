/**
 * `@signalbox/client/reconnection`: when to connect again (X10), and what a page shows about it. A strategy is the client's
 * option `reconnect`; the handler tells what it is doing, and lets a person begin the next attempt.
 */
import { type Backoff, backoffMs } from "./backoff.ts";
import type { Client, LinkState, Readable, Reconnect } from "./types.ts";

/** V9: at random between 1 s and a most of 2, 4, 8, 16, 30, 30 … s. Also good as the client's option `backoff`. */
export const oneToThirtySeconds: Backoff = { minMs: 1_000, maxMs: 30_000 };

/** Always by itself. */
export const automatic =
  (backoff = oneToThirtySeconds): Reconnect =>
  (attempts, _, random) =>
    backoffMs(attempts + 1, random, backoff);

/** Never by itself: a lost link is a notice, until somebody connects. */
export const manual: Reconnect = () => Number.POSITIVE_INFINITY;

/** By itself for so many attempts, or for so long, whichever ends first; then as `manual`. */
export const hybrid = ({
  attempts: most = Number.POSITIVE_INFINITY,
  forMs: longestMs = Number.POSITIVE_INFINITY,
  backoff = oneToThirtySeconds,
}: {
  attempts?: number;
  forMs?: number;
  backoff?: Backoff;
}): Reconnect => {
  const wait = automatic(backoff);
  return (attempts, forMs, random) =>
    attempts < most && forMs < longestMs ? wait(attempts, forMs, random) : manual(attempts, forMs, random);
};

export interface Reconnection {
  /**
   * connected: all is well, or nothing was wanted yet. trying: an attempt is on its way. waiting: the next one begins at
   * `retryAtMs`. notice: none will by itself, so somebody is asked to. stopped: the gateway refused, or `close` was called.
   */
  state: "connected" | "trying" | "waiting" | "notice" | "stopped";
  /** Attempts that failed in a row. */
  failed: number;
  /** Milliseconds since 1970. */
  retryAtMs: number | undefined;
  offlineSinceMs: number | undefined;
  reason: LinkState["reason"];
}

export class ReconnectionHandler implements Readable<Reconnection> {
  readonly subscribe: Readable<Reconnection>["subscribe"];
  readonly #client: Pick<Client, "link" | "connect">;
  #link: LinkState | undefined;
  #view: Reconnection | undefined;

  constructor(client: Pick<Client, "link" | "connect">) {
    this.#client = client;
    this.subscribe = client.link.subscribe;
  }

  snapshot(): Reconnection {
    const link = this.#client.link.snapshot();
    if (!this.#view || link !== this.#link) this.#view = reconnectionOf(link);
    this.#link = link;
    return this.#view;
  }

  /** A person wants it now. A wait ends, the strategy begins anew, and what was stopped is tried again. */
  reconnect(): void {
    this.#client.connect();
  }
}

const states: Record<LinkState["state"], Reconnection["state"]> = {
  idle: "connected",
  connecting: "trying",
  live: "connected",
  waiting: "waiting",
  stopped: "stopped",
};

/** What a link's state means for somebody who may have to do something. */
export function reconnectionOf(link: LinkState): Reconnection {
  const { state, attempt, retryAtMs, offlineSinceMs, reason } = link;
  return {
    state: state === "waiting" && retryAtMs === undefined ? "notice" : states[state],
    failed: state === "connecting" ? attempt - 1 : attempt,
    retryAtMs,
    offlineSinceMs,
    reason,
  };
}
