/** The command line of the bench. */
import { parseArgs } from "node:util";
import { scenarios } from "./scenarios/index.ts";
import type { Scenario } from "./scenarios/scenario.ts";
import { subjects } from "./subjects/index.ts";
import type { Subject } from "./subjects/subject.ts";

export interface Options {
  help: boolean;
  scenarios: readonly Scenario[];
  subjects: readonly Subject[];
  quick: boolean;
  json: boolean;
  /** Directory for CPU profiles of the subjects; undefined: none are made. */
  profile: string | undefined;
}

/** Throws with a sentence when the arguments name what there is not. */
export function readOptions(args: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      help: { type: "boolean", short: "h", default: false },
      quick: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      subjects: { type: "string" },
      profile: { type: "string" },
    },
  });
  return {
    help: values.help,
    scenarios: chosen(scenarios, positionals, "scenario"),
    subjects: chosen(subjects, values.subjects?.split(",") ?? [], "subject"),
    quick: values.quick,
    json: values.json,
    profile: values.profile,
  };
}

function chosen<One extends { name: string }>(all: readonly One[], names: readonly string[], what: string): One[] {
  const unknown = names.filter((name) => !all.some((one) => one.name === name));
  if (unknown.length > 0) {
    const known = all.map((one) => one.name).join(", ");
    throw new Error(`there is no ${what} named ${unknown.join(", ")}; there are: ${known}`);
  }
  return all.filter((one) => names.length === 0 || names.includes(one.name));
}

export function help(): string {
  const list = (all: readonly { name: string; about: string }[]): string =>
    all.map(({ name, about }) => `  ${name.padEnd(18)}${about}`).join("\n");
  return `npm run bench -- [SCENARIO …] [options]

       npm run bench -- plots

Measures the gateway beside its peers and prints, for each scenario, a table and one line of JSON a row.
Results are kept in bench/results/. Without a scenario all are run.

"plots" draws the newest results of each scenario into docs/images.

Scenarios
${list(scenarios)}

Subjects
${list(subjects)}

Options
  --quick           shorter and once: first figures, a scenario within 50 s
  --json            only the lines of JSON
  --subjects a,b    only these
  --profile DIR     CPU profiles of the subjects into DIR, and where the time went; figures are then worth less
  -h, --help        this text`;
}
