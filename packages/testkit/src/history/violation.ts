/** A promise that was broken, and the records that prove it: without any of them it would not be proved. */
import type { Evidence } from "./evidence.ts";
import type { FinalCheckpoint, FinalCommand, FinalEvent } from "./final.ts";
import type { HistoryRecord } from "./record.ts";

export type Proof = HistoryRecord | FinalEvent | FinalCommand | FinalCheckpoint;

export interface Finding {
  /** One sentence. */
  what: string;
  proof: readonly Proof[];
}

export interface Violation extends Finding {
  invariant: string;
}

export type Invariant = (evidence: Evidence) => Iterable<Finding>;

/** Without those that were not there to be named. */
export const finding = (what: string, ...proof: ReadonlyArray<Proof | undefined>): Finding => ({
  what,
  proof: proof.filter((one) => one !== undefined),
});
