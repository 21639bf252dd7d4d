/** The strip of phases: how wide each is drawn. */
import type { Phase } from "./test-fold.ts";

export interface Block extends Phase {
  /** Until the next one began; undefined: it lasts. */
  until: number | undefined;
  /** Share of the strip's width, to be compared with the others'. */
  weight: number;
}

/** Phases drawn; earlier ones are said. */
export const blocksShown = 60;

/** A phase of an hour is longer than one of a second, but not 3,600 times: people look for the order and the colours. */
export function blocksOf(phases: readonly Phase[], nowMs: number): readonly Block[] {
  return phases.slice(-blocksShown).map((phase, at, shown) => {
    const until = shown[at + 1]?.at;
    const seconds = Math.max(0, (until ?? nowMs) - phase.at) / 1_000;
    return { ...phase, until, weight: 1 + Math.log2(1 + seconds) };
  });
}
