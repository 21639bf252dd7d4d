/** How long what somebody sees stood still at a fault, and how long after its end it went on. Events have to come all the time. */
import { type Evidence, sightsOf } from "./evidence.ts";
import type { HistoryRecord } from "./record.ts";

export interface Recovery {
  kind: string;
  faults: number;
  /** From a fault's start to its end: 0 where it has no length. */
  lastedMs: readonly number[];
  /** Of each viewer and fault: the longest time without an event, from the start to the next fault. */
  stoodStillMs: readonly number[];
  /** Of each viewer and fault: from the fault's end to the first event that was published after it. */
  wentOnMs: readonly number[];
}

interface Span {
  kind: string;
  startMs: number;
  stopMs: number;
  untilMs: number;
}

export function recoveries({ records }: Pick<Evidence, "records">): Recovery[] {
  const publishedMs = new Map<string, number>();
  for (const record of records) {
    if (record.what !== "invoke" || record.op !== "publish" || record.id === undefined) continue;
    // Sent again it is not newer.
    if (!publishedMs.has(record.id)) publishedMs.set(record.id, record.steadyMs);
  }
  const viewers = [...sightsOf({ records }).values()].map((sights) => sights.filter((one) => one.what === "seen"));
  const found = new Map<string, Required<Mutable>>();
  for (const { kind, startMs, stopMs, untilMs } of spansIn(records)) {
    const of = found.get(kind) ?? { kind, faults: 0, lastedMs: [], stoodStillMs: [], wentOnMs: [] };
    found.set(kind, of);
    of.faults++;
    of.lastedMs.push(stopMs - startMs);
    for (const seen of viewers) {
      const first = seen.find(({ id }) => (publishedMs.get(id) ?? 0) >= stopMs);
      if (first === undefined) continue;
      of.wentOnMs.push(first.steadyMs - stopMs);
      let before = startMs;
      let longest = 0;
      for (const { steadyMs } of seen) {
        if (steadyMs < startMs) continue;
        if (steadyMs > Math.max(untilMs, first.steadyMs)) break;
        longest = Math.max(longest, steadyMs - before);
        before = steadyMs;
      }
      of.stoodStillMs.push(longest);
    }
  }
  return [...found.values()];
}

interface Mutable {
  kind: string;
  faults: number;
  lastedMs: number[];
  stoodStillMs: number[];
  wentOnMs: number[];
}

function spansIn(records: readonly HistoryRecord[]): Span[] {
  const spans: Span[] = [];
  for (const record of records) {
    const { what, steadyMs } = record;
    const last = spans.at(-1);
    if (what === "healed" && last !== undefined) last.untilMs = Math.min(last.untilMs, steadyMs);
    if (what !== "fault") continue;
    if (record.phase === "stop") {
      if (last !== undefined) last.stopMs = steadyMs;
      continue;
    }
    if (last !== undefined) last.untilMs = steadyMs;
    spans.push({ kind: record.kind, startMs: steadyMs, stopMs: steadyMs, untilMs: Number.POSITIVE_INFINITY });
  }
  return spans;
}

/** The smallest value that at least this part of all is not above. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? 0;
}
