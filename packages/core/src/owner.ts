/** What somebody asked for who has a part in a delivery: the channel's own name, or a pattern. */
import type { Test } from "./filter.ts";
import type { Gate } from "./gate.ts";

export interface Owner {
  /** `undefined`: everything. */
  test: Test | undefined;
  /** Types that can pass the test; `undefined`: any. */
  types: ReadonlySet<string> | undefined;
  /** Nothing is left out, however late it comes. */
  complete: boolean;
  /** With a gap `slow` the channel's state is sent, or the one that the reducer of this name makes. */
  snapshot: boolean | string;
  /** How wide it shows frames, in pixels, and how many publications a second it wants; `undefined`: as there are. */
  maxWidth: number | undefined;
  maxHz: number | undefined;
  /** One for all channels of a pattern. `undefined`: publications come as they are published. */
  gate: Gate | undefined;
}

/** Of which reducer some owner wants the state; the namespace's main one if none says. */
export function reducerWanted(owners: Iterable<Owner>): string | undefined {
  for (const { snapshot } of owners) if (typeof snapshot === "string") return snapshot;
  return undefined;
}

/** The fastest that some owner wants; `undefined` if one wants no pause at all. */
export function fastestGate(owners: Iterable<Owner>): Gate | undefined {
  let fastest: Gate | undefined;
  for (const { gate } of owners) {
    if (gate === undefined) return undefined;
    if (fastest === undefined || gate.periodMs < fastest.periodMs) fastest = gate;
  }
  return fastest;
}
