/** An agent that works test first: writes a test, sees it fail, writes the code, sees it pass. */
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TestCounts } from "./agent.ts";
import { type Feature, features } from "./features.ts";
import type { Site } from "./fleet.ts";
import { pause } from "./pause.ts";

interface TestRun extends TestCounts {
  failures: Array<{ name: string }>;
  durationMs: number;
}

/** People should be able to follow. */
const thinkMs = 1_200;

export async function develop(site: Site, onStep: (progress: number, step: string) => void): Promise<void> {
  const agent = site.agent("demo-developer", "developer");
  const { stop } = site;
  let runs = 0;
  const test = async (): Promise<TestRun> => {
    const run = await runTests(site, agent.id);
    const { failures, durationMs, ...counts } = run;
    if (!stop.aborted) agent.tests({ ...counts, failures, durationMs, suite: "till", runId: `run-${++runs}` });
    return run;
  };
  agent.status("idle");
  for (let round = 1; !stop.aborted; round++) {
    await empty(site);
    for (const [at, feature] of features.entries()) {
      if (stop.aborted) break;
      const { name } = feature;
      onStep((at / features.length) * 100, name);
      agent.begin({ id: `${name}-${round}`, title: feature.title, type: "implement_feature" });

      agent.progress(10, "writing the test");
      await writeFile(join(site.directory, "test", `${name}.test.js`), testOf(feature));
      const red = await test();
      if (stop.aborted) break;
      agent.phase(null, "red", countsOf(red));
      site.say("developer", `${name}: red, ${red.failing} of ${red.total} fail`);
      await pause(thinkMs, stop);

      agent.progress(50, "writing the code");
      await writeFile(join(site.directory, "src", `${name}.js`), feature.code);
      agent.log("info", `wrote src/${name}.js, ${feature.code.split("\n").length - 1} lines`);
      const green = await test();
      if (stop.aborted) break;
      agent.phase("red", "green", countsOf(green));
      site.say("developer", `${name}: green, ${green.passing} of ${green.total} pass`);
      await pause(thinkMs, stop);

      agent.progress(80, "tidying");
      await tidy(join(site.directory, "src", `${name}.js`));
      const after = await test();
      if (stop.aborted) break;
      agent.phase("green", "refactor", countsOf(after));
      agent.done();
      await pause(thinkMs, stop);
    }
    if (!stop.aborted) {
      onStep(100, "all tests pass");
      site.say("developer", "all done; beginning again with an empty directory");
    }
  }
  agent.status("offline");
}

async function empty({ directory }: Site): Promise<void> {
  for (const name of ["src", "test"]) {
    await rm(join(directory, name), { recursive: true, force: true });
    await mkdir(join(directory, name), { recursive: true });
  }
  await writeFile(join(directory, "package.json"), '{ "name": "till", "private": true, "type": "module" }\n');
}

const testOf = ({ name, tests }: Feature): string => `import assert from "node:assert/strict";
import { test } from "node:test";
import { ${name} } from "../src/${name}.js";

${tests.map(([title, body]) => `test(${JSON.stringify(title)}, () => {\n  ${body}\n});\n`).join("\n")}`;

/** A module says in its first line that it is finished. */
async function tidy(path: string): Promise<void> {
  const code = await readFile(path, "utf8");
  await writeFile(path, `/** Tested. */\n${code}`);
}

const countsOf = ({ total, passing, failing }: TestRun): TestCounts => ({ total, passing, failing });

/** The real thing: `node --test`, for people on stdout and for us as TAP in a file. */
async function runTests(site: Site, agentId: string): Promise<TestRun> {
  const report = join(site.directory, "report.tap");
  const begunMs = Date.now();
  await site.run({
    agentId,
    processId: "demo-tests",
    name: "node --test",
    command: process.execPath,
    args: [
      ...["--test", "--test-reporter=spec", "--test-reporter-destination=stdout"],
      ...["--test-reporter=tap", `--test-reporter-destination=${report}`],
    ],
    // As if a person ran it at a terminal; and not as a part of tests that this may run in.
    env: { ...site.env, FORCE_COLOR: "1", NODE_TEST_CONTEXT: undefined, NODE_OPTIONS: undefined },
  });
  const tap = await readFile(report, "utf8").catch(() => "");
  return { ...countTap(tap), durationMs: Date.now() - begunMs };
}

/** The totals that node prints at the end of TAP, and the names of what failed. */
export function countTap(tap: string): Omit<TestRun, "durationMs"> {
  const count = (name: string): number => Number(new RegExp(`^# ${name} (\\d+)$`, "m").exec(tap)?.[1] ?? 0);
  const failed = [...tap.matchAll(/^ *not ok \d+ - (.*)$/gm)].map(([, name = ""]) => ({ name }));
  return { total: count("tests"), passing: count("pass"), failing: count("fail"), failures: failed };
}
