/** Rows for programs: one line of JSON each, and a file per scenario that names the circumstances. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { Circumstances } from "../measure/machine.ts";
import { round } from "../measure/rows.ts";
import { root } from "../place.ts";
import type { Row } from "../scenarios/scenario.ts";

const directory = join(root, "bench/results");

export function jsonOf({ figures, spread, ratioTo, runs, notes, ...which }: Row): Record<string, unknown> {
  const rounded = Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, round(value)]));
  const ranges = Object.entries(spread).map(([name, { min, max }]) => [name, { min: round(min), max: round(max) }]);
  return { ...which, ...rounded, ratioTo, runs, ...(runs > 1 ? { spread: Object.fromEntries(ranges) } : {}), notes };
}

/** Gives the path from the repository's root. */
export function keepResults(name: string, quick: boolean, about: Circumstances, rows: readonly Row[]): string {
  const when = about.date.slice(0, 19).replaceAll(":", "");
  const file = join(directory, `${name}-${quick ? "quick-" : ""}${when}.json`);
  mkdirSync(directory, { recursive: true });
  writeFileSync(file, `${JSON.stringify({ scenario: name, ...about, rows: rows.map(jsonOf) }, null, 2)}\n`);
  return relative(root, file);
}
