/** How much a history holds: a run that did nothing proves nothing. */
import type { Evidence } from "./evidence.ts";
import { isLostOnPurpose } from "./invariants/lost.ts";
import { byId } from "./invariants/retries.ts";
import type { Fault, HistoryRecord, Operation, SeenGap } from "./record.ts";

export interface Counters {
  records: number;
  kills: Readonly<Record<string, number>>;
  /** With an OK, each once. */
  given: number;
  /** Final states of commands; `interrupted` is counted apart from `failed`. */
  commands: Readonly<Record<string, number>>;
  /** Deeds of commands and of approved checkpoints. */
  executed: number;
  approvedDeeds: number;
  asked: number;
  /** Final states of checkpoints. */
  checkpoints: Readonly<Record<string, number>>;
  /** Deciders that got an OK, and those that were told whose decision stands. */
  decided: number;
  toldWhose: number;
  /** Answers of no, by their error. */
  refused: Readonly<Record<string, number>>;
  /** Things of which at least one attempt had no answer, and what came out. */
  unknown: { kept: number; notKept: number };
  /** Attempts answered as one that was kept before. */
  duplicatesSuppressed: number;
  events: number;
  /** Events that viewers got, and what they were told that they would not get, by reason. */
  seen: number;
  gaps: Readonly<Record<string, number>>;
  faults: Readonly<Record<string, number>>;
  /** With an OK, and gone with an epoch that a fault ended which loses what was kept: everybody was told. */
  lostAndTold: number;
}

export function countersOf(evidence: Evidence): Counters {
  const { records, attempts, oks, final, commands, checkpoints, deeds } = evidence;
  const effects = [...deeds.values()].flat().filter(({ what }) => what === "effect");
  const distinct = (op: Operation): number =>
    new Set(oks.filter(({ invoke }) => invoke.op === op).map(({ invoke }) => invoke.subject)).size;
  const kills = records.filter((record): record is Extract<HistoryRecord, { what: "kill" }> => record.what === "kill");
  const refusals = attempts.flatMap(({ answer }) => (answer?.what === "refused" ? [answer] : []));
  const unknown = { kept: 0, notKept: 0 };
  for (const group of byId(evidence).values()) {
    const [first] = group;
    if (first === undefined || !group.some(({ answer }) => answer === undefined || answer.what === "unknown")) continue;
    if (evidence.madeBy(first.invoke).length > 0) unknown.kept++;
    else unknown.notKept++;
  }
  return {
    records: records.length,
    kills: countBy(kills, ({ of }) => of),
    given: distinct("give"),
    commands: countBy([...commands.values()], ({ state, code }) => (code === "interrupted" ? code : state)),
    executed: effects.filter(({ of }) => of === "command").length,
    approvedDeeds: effects.filter(({ of }) => of === "checkpoint").length,
    asked: distinct("ask"),
    checkpoints: countBy([...checkpoints.values()], ({ state }) => state),
    decided: distinct("decide"),
    toldWhose: refusals.filter(({ error }) => error === "already_decided").length,
    refused: countBy(refusals, ({ error }) => error),
    unknown,
    duplicatesSuppressed: oks.filter(({ answer }) => answer.duplicate === true).length,
    events: final.channels.reduce((sum, { events }) => sum + events.length, 0),
    seen: records.filter(({ what }) => what === "seen").length,
    gaps: countBy(records.filter(isGap), ({ reason }) => reason),
    faults: countBy(records.filter(isFaultBegin), ({ kind }) => kind),
    lostAndTold: oks.filter((ok) => isLostOnPurpose(evidence, ok) && evidence.madeBy(ok.invoke).length === 0).length,
  };
}

const isGap = (record: HistoryRecord): record is HistoryRecord<SeenGap> => record.what === "gap";

const isFaultBegin = (record: HistoryRecord): record is HistoryRecord<Fault> =>
  record.what === "fault" && record.phase === "start";

function countBy<One>(all: readonly One[], nameOf: (one: One) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const one of all) counts[nameOf(one)] = (counts[nameOf(one)] ?? 0) + 1;
  return counts;
}
