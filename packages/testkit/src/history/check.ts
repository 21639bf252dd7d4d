/** Holds a history against the invariants. Pure: the same records give the same report, at any later time. */
import { type Counters, countersOf } from "./counters.ts";
import { Evidence } from "./evidence.ts";
import type { FinalHistory } from "./final.ts";
import { approvals } from "./invariants/approvals.ts";
import { decisions } from "./invariants/decisions.ts";
import { duplicates } from "./invariants/duplicates.ts";
import { ended } from "./invariants/ended.ts";
import { executions } from "./invariants/executions.ts";
import { grants } from "./invariants/grants.ts";
import { interrupts } from "./invariants/interrupts.ts";
import { lost } from "./invariants/lost.ts";
import { missing } from "./invariants/missing.ts";
import { order } from "./invariants/order.ts";
import { positions } from "./invariants/positions.ts";
import { retries } from "./invariants/retries.ts";
import { sights } from "./invariants/sights.ts";
import { stuck } from "./invariants/stuck.ts";
import { unexpected } from "./invariants/unexpected.ts";
import type { HistoryRecord } from "./record.ts";
import type { Invariant, Violation } from "./violation.ts";

/** By name; the header of each file says what it holds. */
const invariants = {
  "I1 lost": lost,
  "I2 unexpected": unexpected,
  "I3 positions": positions,
  "I4 sights": sights,
  "I5 duplicates": duplicates,
  "I6 order": order,
  "I9 stuck": stuck,
  "I12 executions": executions,
  "I12 grants": grants,
  "I12 approvals": approvals,
  "I12 decisions": decisions,
  "I12 ended": ended,
  "I12 interrupts": interrupts,
  "I12 missing": missing,
  "I14 retries": retries,
} as const satisfies Readonly<Record<string, Invariant>>;

export type InvariantName = keyof typeof invariants;

export interface Report {
  counters: Counters;
  /** How often each invariant was broken: 0 of everything is what is promised. */
  broken: Readonly<Record<InvariantName, number>>;
  violations: readonly Violation[];
}

export function checkHistory(records: readonly HistoryRecord[], final: FinalHistory): Report {
  const evidence = new Evidence(records, final);
  const found = Object.entries<Invariant>(invariants).map(([invariant, look]) =>
    [...look(evidence)].map((one): Violation => ({ invariant, ...one })),
  );
  const counts = Object.keys(invariants).map((name, index) => [name, found[index]?.length ?? 0]);
  return { counters: countersOf(evidence), broken: Object.fromEntries(counts), violations: found.flat() };
}

/** Violations as text, each with the lines that prove it; at most `limit` of them. */
export function printed(violations: readonly Violation[], limit = 10): string {
  const shown = violations.slice(0, limit).map(({ invariant, what, proof }) => {
    const lines = proof.map((one) => `    ${JSON.stringify(one)}`);
    return [`${invariant}: ${what}`, ...lines].join("\n");
  });
  const more = violations.length - shown.length;
  return [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join("\n");
}
