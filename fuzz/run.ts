/** Runs entries one after the other, and prints how it went. */

import { entries } from "./entries/index.ts";
import type { Entry, Finding } from "./entry.ts";
import { watchProcess } from "./escaped.ts";
import type { Options } from "./options.ts";

interface Outcome {
  entry: Entry;
  cases: number;
  finding: Finding | undefined;
  slowestMs: number;
  seconds: number;
}

/** Milliseconds between two lines of progress. */
const progressMs = 10_000;

/** Throws for a name that is no entry's. */
export async function chosenEntries(only: readonly string[]): Promise<Entry[]> {
  const unknown = only.filter((name) => !entries.some((entry) => entry.name === name));
  if (unknown.length > 0) {
    throw new Error(
      `there is no entry ${unknown.join(", ")}; there are: ${entries.map(({ name }) => name).join(", ")}`,
    );
  }
  return entries.filter(({ name }) => only.length === 0 || only.includes(name));
}

/** True: something was found. */
export async function fuzzAll(chosen: readonly Entry[], options: Options): Promise<boolean> {
  progress(`seed ${options.seed}, ${options.cases} cases an entry`);
  const outcomes: Outcome[] = [];
  for (const entry of chosen) {
    const outcome = await fuzz(entry, options);
    outcomes.push(outcome);
    if (outcome.finding !== undefined) console.log(`\n${told(outcome, outcome.finding, options)}\n`);
  }
  console.log(`\n${table(outcomes, options.seed)}`);
  return outcomes.some(({ finding }) => finding !== undefined);
}

async function fuzz(entry: Entry, { cases, seed, from, atMostMs }: Options): Promise<Outcome> {
  const startMs = performance.now();
  const escaped = watchProcess();
  const runner = await entry.open();
  const outcome: Outcome = { entry, cases: 0, finding: undefined, slowestMs: 0, seconds: 0 };
  let toldMs = startMs;
  const first = from - (from % entry.batch);
  try {
    for (let at = first; at < cases && outcome.finding === undefined; at += entry.batch) {
      const count = Math.min(entry.batch, cases - at);
      const { finding, slowestMs } = await runner.batch(seed, at, count);
      const trouble = escaped.trouble();
      outcome.finding =
        finding ?? (trouble === undefined ? undefined : { input: "one of its batch", why: trouble, from: at });
      outcome.slowestMs = Math.max(outcome.slowestMs, slowestMs);
      outcome.cases += count;
      if (performance.now() - startMs > atMostMs) break;
      if (performance.now() - toldMs > progressMs) {
        toldMs = performance.now();
        progress(`${entry.name}: ${outcome.cases} of ${cases - first}`);
      }
    }
  } finally {
    await runner.close();
    escaped.close();
  }
  outcome.seconds = (performance.now() - startMs) / 1_000;
  progress(`${entry.name}: ${outcome.cases} cases in ${outcome.seconds.toFixed(1)} s`);
  return outcome;
}

function told({ entry }: Outcome, { input, why, from }: Finding, { seed }: Options): string {
  const again = `npm run fuzz -- --only ${entry.name} --seed ${seed} --from ${from} --cases ${from + entry.batch}`;
  return `FOUND in ${entry.name}: ${why}\n\ncase: ${input}\n\nagain: ${again}`;
}

function table(outcomes: readonly Outcome[], seed: number): string {
  const head = ["entry", "cases", "seed", "findings", "slowest case, ms CPU", "cases/s"];
  const rows = outcomes.map(({ entry, cases, finding, slowestMs, seconds }) => [
    entry.name,
    String(cases),
    String(seed),
    finding === undefined ? "0" : "1",
    entry.together ? `${slowestMs.toFixed(0)} for ${entry.batch} at once` : slowestMs.toFixed(1),
    String(Math.round(cases / seconds)),
  ]);
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** Beside the results, which alone go to stdout. */
function progress(text: string): void {
  process.stderr.write(`${text}\n`);
}
