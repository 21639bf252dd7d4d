import { resolve } from "node:path";
import type { Runner, RunnerConfig } from "@signalbox/agent/runner";
import type { Command } from "commander";
import { type ConnectionFlags, clientOf, connectionOf, withConnection } from "../connection.ts";
import { exitCodes, Failure, toFailure } from "../failure.ts";
import type { Io } from "../io.ts";
import { RunnerNotices } from "../runner/notices.ts";
import { counted } from "../text/describe.ts";

interface RunnerFlags extends ConnectionFlags {
  config: string;
  name?: string;
  check?: true;
  drain?: true;
  json?: true;
}

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export function addRunner(program: Command, io: Io): void {
  const command = program
    .command("runner")
    .summary("start recipes here when somebody asks")
    .description(
      "Waits for the command start and runs what its own configuration allows, and nothing else. Who may give it the command " +
        "is the gateway's to decide: the verb command on agent:runner-NAME. Each process can be paused, resumed, cancelled " +
        "and given input. Ctrl-C, or SIGTERM, cancels what runs and stops; again leaves what the gateway does not have yet in the spool.",
    )
    .option("--config <file>", "the recipes", "signalbox.runner.json")
    .option("--name <name>", "be agent:runner-NAME (default: the configuration's, else this machine's)")
    .option("--check", "check the configuration and end")
    .option("--drain", "when stopped, wait for what runs instead of cancelling it")
    .option("--json", "say what happens as JSON, one object a line")
    .addHelpText(
      "after",
      `
Examples:
  signalbox runner
  signalbox runner --config ci.runner.json --name build-3 --drain
  signalbox runner --check
  signalbox start test --runner build-3              from anywhere`,
    );
  withConnection(command).action((flags: RunnerFlags) => run(flags, io));
}

async function run(flags: RunnerFlags, io: Io): Promise<void> {
  // Schemas and their compiler load only for those who need them.
  const { loadRunnerConfig, Runner, RunnerConfigError } = await import("@signalbox/agent/runner");
  let config: RunnerConfig;
  try {
    config = loadRunnerConfig(resolve(io.cwd, flags.config), flags.name);
  } catch (error) {
    if (error instanceof RunnerConfigError) throw new Failure(error.message, configHelp, exitCodes.usage);
    throw error;
  }
  if (flags.check) return print(config, flags, io);
  const connection = connectionOf(flags, io);
  const client = clientOf(connection);
  const notices = new RunnerNotices(io.out, connection.url, config, flags.json === true);
  let failure: Failure | undefined;
  let wasHeld = false;
  const runner: Runner = new Runner({
    ...{ client, url: connection.url, config, env: io.env },
    onNotice: (notice) => {
      notices.tell(notice);
      // Later refusals may pass; at the beginning the token or the configuration is wrong.
      const refused = notice.what === "unsaid" || (notice.what === "lease" && notice.lease.state === "refused");
      const problem =
        notice.what === "unsaid" ? notice.problem : notice.what === "lease" ? notice.lease.problem : undefined;
      if (notice.what === "lease" && notice.lease.state === "held") wasHeld = true;
      if (!refused || problem === undefined || (wasHeld && notice.what === "lease") || failure !== undefined) return;
      failure = toFailure(Object.assign(new Error(problem.message), problem), connection.url);
      runner.leave();
      void runner.stop();
    },
  });
  const stop = stopping(runner, flags.drain === true);
  for (const signal of signals) process.on(signal, stop);
  try {
    const how = await runner.stopped;
    if (failure !== undefined) throw failure;
    if (how === "fenced")
      throw new Failure(`another runner named ${config.name} took over`, "Give one of them another --name.");
  } finally {
    for (const signal of signals) process.off(signal, stop);
    client.close();
  }
}

/** Each signal is a step less patient: for what runs, then for the gateway. */
function stopping(runner: Runner, drain: boolean): () => void {
  const steps = [...(drain ? [() => runner.stop({ drain })] : []), () => runner.stop(), () => runner.leave()];
  return () => void steps.shift()?.();
}

function print({ path, name, recipes }: RunnerConfig, flags: RunnerFlags, io: Io): void {
  if (flags.json) io.out.line(JSON.stringify({ path, name, recipes: [...recipes.keys()] }));
  else
    io.out.line(
      `${path} is right: runner ${name}, ${counted(recipes.size, "recipe")} (${[...recipes.keys()].join(", ")})`,
    );
}

const configHelp = "Correct it there; `signalbox runner --check` looks again. docs/runner.md says what it may hold.";
