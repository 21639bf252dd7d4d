/** Which of a channel's oldest events must go: the one rule for every store. */
import type { NamespaceOptions } from "@signalbox/core";

/** What a channel holds now. */
export interface Holding {
  /** Offset of the oldest kept event; `top + 1` when there is none. */
  floor: number;
  top: number;
  /** Bytes of all kept bodies. */
  bytes: number;
  /** Offset of the saved snapshot; 0 without one. */
  snapshot: number;
}

/** One of the oldest events, in order. */
export interface Oldest {
  bytes: number;
  /** When the store kept it, in milliseconds since 1970: a sender's clock must not decide what is lost. */
  keptMs: number;
}

/** Events that no snapshot covers yet are spared up to twice the limits, so that folded state stays complete. */
const sparedFactor = 2;

const factorAt = (offset: number, held: Holding, options: NamespaceOptions): number =>
  options.reducer !== undefined && offset > held.snapshot ? sparedFactor : 1;

/**
 * Is a trim worth its transaction? Over the count or the bytes by 1 %, or by 1,000 events.
 * Age is not looked at here: it is a matter for a timer.
 */
export function isDue(held: Holding, options: NamespaceOptions): boolean {
  const { count, bytes } = options.retention;
  const factor = factorAt(held.floor, held, options);
  const excess = held.top - held.floor + 1 - count * factor;
  return excess > Math.min(count * 0.01, 999) || held.bytes - bytes * factor > bytes * 0.01;
}

/** How many of the oldest events must go. Looks at no more of them than that, plus one. */
export function rowsToTrim(held: Holding, oldest: Iterable<Oldest>, options: NamespaceOptions, nowMs: number): number {
  const { ageMs, count, bytes } = options.retention;
  let gone = 0;
  let bytesLeft = held.bytes;
  for (const event of oldest) {
    const offset = held.floor + gone;
    const factor = factorAt(offset, held, options);
    const over =
      held.top - offset + 1 > count * factor || bytesLeft > bytes * factor || nowMs - event.keptMs > ageMs * factor;
    if (!over) break;
    bytesLeft -= event.bytes;
    gone++;
  }
  return gone;
}
