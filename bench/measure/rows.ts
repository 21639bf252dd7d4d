/** Runs a scenario's cases, subjects alternating, and makes one row of each subject's runs. */
import type { Case, Figures, Measured, Row, Scenario } from "../scenarios/scenario.ts";
import type { Subject } from "../subjects/subject.ts";

interface Options {
  quick: boolean;
  subjects: readonly Subject[];
  /** Arguments for the Node of a subject, such as those of its profiler. */
  nodeArgs(caseName: string, subject: string): string[];
  progress(text: string): void;
}

export async function measureRows(scenario: Scenario, options: Options): Promise<Row[]> {
  const { quick, subjects, progress } = options;
  const runs = scenario.runs(quick);
  const rows: Row[] = [];
  for (const one of scenario.cases(quick)) {
    const measured = new Map<string, Measured[]>(subjects.map((subject) => [subject.name, []]));
    for (let run = 1; run <= runs; run++) {
      // Alternating: what else the machine does meets all of them alike.
      for (const subject of subjects) {
        progress(`${scenario.name} · ${one.name} · ${subject.name} · ${run}/${runs}`);
        measured.get(subject.name)?.push(await once(one, subject, options));
      }
    }
    rows.push(...rowsOf(scenario, one.name, subjects, measured));
  }
  return rows;
}

function once(one: Case, subject: Subject, { nodeArgs }: Options): Promise<Measured> {
  return one.measure(subject, { nodeArgs: nodeArgs(one.name, subject.name) });
}

function rowsOf(
  scenario: Scenario,
  caseName: string,
  subjects: readonly Subject[],
  measured: ReadonlyMap<string, readonly Measured[]>,
): Row[] {
  const rows = subjects.map((subject): Row => {
    const runs = measured.get(subject.name) ?? [];
    const names = Object.keys(runs[0]?.figures ?? {});
    const valuesOf = (name: string): number[] => runs.map((run) => run.figures[name] ?? Number.NaN);
    return {
      scenario: scenario.name,
      case: caseName,
      subject: subject.name,
      figures: fromNames(names, (name) => median(valuesOf(name))),
      spread: fromNames(names, (name) => ({ min: Math.min(...valuesOf(name)), max: Math.max(...valuesOf(name)) })),
      runs: runs.length,
      ratioTo: {},
      notes: [...new Set(runs.flatMap((run) => run.notes))],
      ...(runs.at(-1)?.series === undefined ? {} : { series: runs.at(-1)?.series ?? {} }),
    };
  });
  const mainOf = (figures: Figures): number => figures[scenario.main] ?? Number.NaN;
  const peers = rows.filter((row) => subjects.some((subject) => subject.name === row.subject && !subject.own));
  return rows.map((row) => ({
    ...row,
    ratioTo: Object.fromEntries(
      peers
        .filter((peer) => peer.subject !== row.subject)
        .map((peer) => [peer.subject, round(mainOf(row.figures) / mainOf(peer.figures))]),
    ),
  }));
}

const fromNames = <Value>(names: readonly string[], value: (name: string) => Value): Record<string, Value> =>
  Object.fromEntries(names.map((name) => [name, value(name)]));

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[middle] ?? Number.NaN;
  return ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}

/** Three digits after the point at most: more would say more than was measured. */
export const round = (value: number): number => Math.round(value * 1000) / 1000;
