/** An agent that works test first: writes a test, sees it fail, writes the code, sees it pass. */
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Agent } from "@signalbox/agent";
import { type Feature, features } from "./features.ts";
import type { Site } from "./fleet.ts";
import { pause } from "./pause.ts";

interface TestCounts {
  total: number;
  passing: number;
  failing: number;
}

interface TestRun extends TestCounts {
  failures: Array<{ name: string }>;
  durationMs: number;
}

/** People should be able to follow. */
const thinkMs = 1_200;
/** Long enough to see the question and answer it. */
const releaseMs = 30_000;

export async function develop(site: Site, onStep: (progress: number, step: string) => void): Promise<void> {
  const agent = await site.agent("demo-developer", "developer");
  const stop = AbortSignal.any([site.stop, agent.signal]);
  const ended = new Promise<void>((resolve) => stop.addEventListener("abort", () => resolve(), { once: true }));
  /** Waits while people paused it. */
  const proceed = (): Promise<void> => Promise.race([agent.proceed(), ended]).catch(() => undefined);
  let runs = 0;
  const test = async (): Promise<TestRun> => {
    const run = await runTests(site, agent.agentId, stop);
    const { failures, durationMs, ...counts } = run;
    const told = { ...counts, failures, durationMs, suite: "till", runId: `run-${++runs}` };
    if (!stop.aborted) agent.publish("test_result", told);
    return run;
  };
  const phase = (previousPhase: string | null, currentPhase: string, run: TestRun): void =>
    agent.publish("tdd_phase_change", { previousPhase, currentPhase, testResults: countsOf(run) });
  for (let round = 1; !stop.aborted; round++) {
    await empty(site);
    for (const [at, feature] of features.entries()) {
      await proceed();
      if (stop.aborted) break;
      const { name } = feature;
      onStep((at / features.length) * 100, name);
      const task = agent.task({ id: `${name}-${round}`, title: feature.title, type: "implement_feature" });
      agent.status("running");

      task.progress(10, "writing the test");
      await writeFile(join(site.directory, "test", `${name}.test.js`), testOf(feature));
      const red = await test();
      if (stop.aborted) break;
      phase(null, "red", red);
      site.say("developer", `${name}: red, ${red.failing} of ${red.total} fail`);
      await pause(thinkMs, stop);
      await proceed();

      task.progress(50, "writing the code");
      await writeFile(join(site.directory, "src", `${name}.js`), feature.code);
      agent.log("info", `wrote src/${name}.js, ${feature.code.split("\n").length - 1} lines`);
      const green = await test();
      if (stop.aborted) break;
      phase("red", "green", green);
      site.say("developer", `${name}: green, ${green.passing} of ${green.total} pass`);
      await pause(thinkMs, stop);
      await proceed();

      task.progress(80, "tidying");
      await tidy(join(site.directory, "src", `${name}.js`));
      const after = await test();
      if (stop.aborted) break;
      phase("green", "refactor", after);
      task.done();
      agent.status("idle");
      await pause(thinkMs, stop);
    }
    if (!stop.aborted) {
      onStep(100, "all tests pass");
      const answer = await release(agent, round, stop);
      site.say("developer", `all done, release ${answer}; beginning again with an empty directory`);
    }
  }
  await agent.close();
}

/** People may decide, on any screen; if nobody does, the demo goes on. */
async function release(agent: Agent, round: number, stop: AbortSignal): Promise<string> {
  try {
    const { decision, decidedBy, checkpointId } = await agent.ask({
      title: `Release the till, version ${round}?`,
      data: { version: round, features: features.map(({ title }) => title) },
      risk: "none: it is a demo",
      deadline: Date.now() + releaseMs,
      default: "approve",
      signal: stop,
    });
    await agent.applied(checkpointId);
    return `${decision === "approve" ? "approved" : "denied"} by ${decidedBy}`;
  } catch (error) {
    return `not decided: ${error instanceof Error ? error.message : error}`;
  }
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
async function runTests(site: Site, agentId: string, stop: AbortSignal): Promise<TestRun> {
  const report = join(site.directory, "report.tap");
  const begunMs = Date.now();
  await site.run({
    agentId,
    stop,
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
