/**
 * `npm run check`: everything that can be said about the repository without running it.
 * `npm run check -- docs imports` runs the named ones only. Exit code 1 when any fails.
 */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { checkDocs } from "./check-docs.ts";
import { checkImports } from "./check-imports.ts";
import { checkSecrets } from "./check-secrets.ts";
import { checkSize } from "./check-size.ts";
import { type Finding, printed } from "./finding.ts";
import { packagesOf, root } from "./repository.ts";
import { run } from "./run.ts";
import { isPythonReady } from "./setup-system.ts";

interface Check {
  /** What is printed, and what selects it. */
  name: string;
  /** The problems as text; empty when there are none. */
  problems(): Promise<string>;
}

async function command(name: string, ...args: string[]): Promise<string> {
  const { code, output } = await run(name, args);
  return code === 0 ? "" : output.trim() || `${name} ended with exit code ${code}`;
}

const own = (check: () => Finding[]) => async (): Promise<string> => check().map(printed).join("\n");

/** Every package and example as it is configured, then scripts, test and bench; two at a time, as tsc is parallel itself. */
async function types(): Promise<string> {
  const folders = [
    ...packagesOf().map(({ folder }) => join("packages", folder)),
    ...readdirSync(join(root, "examples")).map((folder) => join("examples", folder)),
  ];
  const projects = folders.filter((project) => existsSync(join(root, project, "tsconfig.json")));
  const waiting = [...projects, "tsconfig.json"];
  const problems: string[] = [];
  const work = async (): Promise<void> => {
    for (let project = waiting.shift(); project !== undefined; project = waiting.shift()) {
      problems.push(await command("tsc", "-p", project, "--pretty", "false"));
    }
  };
  await Promise.all([work(), work()]);
  return problems.filter(Boolean).join("\n");
}

/** Prints each size, so that a change of it is seen before it is too much. */
async function size(): Promise<string> {
  const { lines, findings } = await checkSize();
  for (const line of lines) console.log(`       ${line}`);
  return findings.map(printed).join("\n");
}

/** The Python package and the example, where `npm test` or `node scripts/setup-system.ts` has made .venv. */
async function python(): Promise<string> {
  const folder = join(root, "sdks/python");
  const tools = join(root, ".venv/bin");
  if (!isPythonReady()) {
    console.log("       not looked at: .venv has not what scripts/requirements.txt says; `npm test` sets it up");
    return "";
  }
  const folders = [".", "../../examples/fastapi", "../../examples/webgui"].filter((one) =>
    existsSync(join(folder, one)),
  );
  const tool = async (name: string, ...args: string[]): Promise<string> => {
    const { code, output } = await run(join(tools, name), [...args, ...folders], { cwd: folder });
    return code === 0 ? "" : output.trim() || `${name} ended with exit code ${code}`;
  };
  const problems = await Promise.all([
    tool("mypy", "--no-error-summary"),
    tool("ruff", "check", "--quiet", "--output-format=concise"),
    tool("ruff", "format", "--check", "--quiet"),
  ]);
  return problems.filter(Boolean).join("\n");
}

const checks: readonly Check[] = [
  { name: "types", problems: types },
  {
    name: "style",
    problems: () => command("biome", "check", "--error-on-warnings", "--diagnostic-level=warn", "--max-diagnostics=50"),
  },
  { name: "python", problems: python },
  { name: "imports", problems: own(checkImports) },
  { name: "dead-code", problems: () => command("knip", "--no-progress") },
  { name: "generated", problems: () => command("node", "--conditions=source", "scripts/generate.ts", "--check") },
  { name: "docs", problems: own(checkDocs) },
  { name: "size", problems: size },
  { name: "secrets", problems: own(checkSecrets) },
];

const seconds = (sinceMs: number): string => `${((performance.now() - sinceMs) / 1000).toFixed(1)} s`;

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !checks.some((check) => check.name === name));
if (unknown.length > 0) {
  console.error(`No check named ${unknown.join(", ")}. There are: ${checks.map((check) => check.name).join(", ")}.`);
  process.exit(2);
}

const startMs = performance.now();
const failed: { name: string; problems: string }[] = [];
const chosen = checks.filter((check) => wanted.length === 0 || wanted.includes(check.name));
for (const { name, problems } of chosen) {
  const sinceMs = performance.now();
  const text = await problems().catch((error: unknown) => String(error));
  console.log(`${text === "" ? "ok    " : "FAILED"} ${name.padEnd(10)} ${seconds(sinceMs)}`);
  if (text !== "") failed.push({ name, problems: text });
}
for (const { name, problems } of failed) console.log(`\n── ${name} ──\n${problems}`);
console.log(`\n${chosen.length - failed.length} of ${chosen.length} checks passed in ${seconds(startMs)}`);
process.exitCode = failed.length === 0 ? 0 : 1;
