/** Plots of the newest kept results of each scenario, into docs/images. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { root } from "../place.ts";
import { bars, curvesOf } from "./svg.ts";

type ResultRow = Record<string, unknown> & { case: string; subject: string };

export interface KeptResults {
  scenario: string;
  commit: string;
  date: string;
  command: string;
  rows: ResultRow[];
}

/** Scenarios that are drawn as bars: what, of which figure, and what is better. */
const drawn: Readonly<Record<string, { figure: string; title: string; unit: string }>> = {
  fanout: { figure: "usPerDelivery", title: "Fan-out", unit: "server CPU µs per delivery, less is better" },
  broadcast: { figure: "usPerDelivery", title: "Broadcast", unit: "server CPU µs per delivery, less is better" },
  storm: { figure: "allAtHeadMs", title: "Reconnect storm", unit: "ms until all are at head, less is better" },
  jitter: { figure: "deliveredShare", title: "Two seconds away", unit: "delivered, %, more is better" },
  slow: { figure: "p99Ms", title: "Beside viewers that never read", unit: "p99 ms of healthy viewers, less is better" },
  mixed: { figure: "statusP99Ms", title: "Mixed load", unit: "p99 ms of status events, less is better" },
};

const resultsDirectory = join(root, "bench/results");
const imagesDirectory = join(root, "docs/images");

/** Gives the paths of the files written, from the repository's root. */
export function drawPlots(): string[] {
  const newest = new Map<string, KeptResults>();
  for (const name of readdirSync(resultsDirectory).filter((each) => each.endsWith(".json"))) {
    const results = decode(readFileSync(join(resultsDirectory, name), "utf8"));
    // Bars are for comparing.
    if (results.scenario in drawn && new Set(results.rows.map(({ subject }) => subject)).size < 2) continue;
    if (results.date > (newest.get(results.scenario)?.date ?? "")) newest.set(results.scenario, results);
  }
  return [...newest.values()].flatMap((results) => {
    const text = plotOf(results);
    if (text === undefined) return [];
    const file = join(imagesDirectory, `bench-${results.scenario}.svg`);
    writeFileSync(file, text);
    return [relative(root, file)];
  });
}

/** undefined for a scenario that has no plot. */
export function plotOf(results: KeptResults): string | undefined {
  const from = `${results.command}, commit ${results.commit}, ${results.date.slice(0, 10)}`;
  if (results.scenario === "curves")
    return curvesOf("Cost and size", `CPU µs per delivery by number of each; ${from}`, curves(results.rows));
  const how = drawn[results.scenario];
  if (how === undefined) return undefined;
  const cases = new Set(results.rows.map((row) => row.case));
  const all = results.rows.flatMap((row) => {
    const value = row[how.figure];
    if (typeof value !== "number") return [];
    const label = cases.size > 1 ? `${row.subject} ${row.case}` : row.subject;
    return [{ label, value, own: row.subject.startsWith("signalbox") }];
  });
  const title = cases.size > 1 ? how.title : `${how.title}: ${[...cases].join("")}`;
  return bars(title, `${how.unit}; ${from}`, all);
}

function curves(rows: readonly ResultRow[]): { label: string; points: { x: number; y: number }[] }[] {
  const all = new Map<string, { x: number; y: number }[]>();
  for (const row of rows) {
    const label = row.case.split(" ")[0] ?? "";
    if (typeof row.size !== "number" || typeof row.usPerDelivery !== "number") continue;
    all.set(label, [...(all.get(label) ?? []), { x: row.size, y: row.usPerDelivery }]);
  }
  return [...all].map(([label, points]) => ({ label, points }));
}

/** Written by files.ts. */
const decode = (text: string): KeptResults => JSON.parse(text) as KeptResults;
