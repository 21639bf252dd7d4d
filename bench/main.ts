/** `npm run bench`: runs scenarios, prints what came out, keeps it in bench/results/. */
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { circumstances } from "./measure/machine.ts";
import { measureRows } from "./measure/rows.ts";
import { help, type Options, readOptions } from "./options.ts";
import { jsonOf, keepResults } from "./report/files.ts";
import { drawPlots } from "./report/plots.ts";
import { profileSummaries } from "./report/profile.ts";
import { table } from "./report/table.ts";
import type { Scenario } from "./scenarios/scenario.ts";

const args = process.argv.slice(2);
// Ends through "exit", where every process and directory of ours is cleared away.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

try {
  const plots = args.length === 1 && args[0] === "plots";
  const options = readOptions(plots ? [] : args);
  if (options.help) console.log(help());
  else if (plots) for (const file of drawPlots()) console.log(file);
  else for (const scenario of options.scenarios) await runScenario(scenario, options);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

async function runScenario(scenario: Scenario, { subjects, quick, json, profile }: Options): Promise<void> {
  const about = circumstances(args);
  const able = subjects.filter((subject) => subject.scenarios.includes(scenario.name));
  const present = able.filter((subject) => subject.missing() === undefined);
  for (const subject of able) if (!present.includes(subject)) progress(`without ${subject.name}: ${subject.missing()}`);
  if (present.length === 0) {
    progress(`${scenario.name}: no subject to measure`);
    return;
  }

  const profiles = new Set<string>();
  const rows = await measureRows(scenario, {
    quick,
    subjects: present,
    progress,
    nodeArgs: (caseName, subject) => {
      if (profile === undefined) return [];
      const directory = resolve(profile, scenario.name, caseName.replaceAll(/[^a-z0-9]+/g, "-"), subject);
      mkdirSync(directory, { recursive: true });
      profiles.add(directory);
      return ["--cpu-prof", "--cpu-prof-dir", directory];
    },
  });

  if (!json) {
    const { machine, node, commit, modified, pinned, loadBefore } = about;
    console.log(`\n${table(scenario, rows)}`);
    console.log(
      `${machine.cores} cores ${machine.cpu}, ${machine.system}, Node ${node}, commit ${commit}${modified ? " modified" : ""}, ` +
        `${pinned ? "a core each" : "not pinned"}, load before ${loadBefore}\n`,
    );
  }
  for (const row of rows) console.log(JSON.stringify(jsonOf(row)));
  for (const directory of profiles)
    for (const text of profileSummaries(directory, 25)) progress(`\n${join(directory, text)}`);
  if (profile === undefined) progress(`kept in ${keepResults(scenario.name, quick, about, rows)}`);
}

/** Beside the results, which alone go to stdout. */
function progress(text: string): void {
  process.stderr.write(`${text}\n`);
}
