/** `npm run attack`: attacks a gateway on this machine, and shows what a healthy client notices. */
import { writeFileSync } from "node:fs";
import { circumstances } from "../bench/measure/machine.ts";
import { ownGateway } from "./gateway/own.ts";
import { runningGateway, type Target } from "./gateway/target.ts";
import { judged, quietP99Ms } from "./judge.ts";
import { help, type Options, readOptions, UsageError } from "./options.ts";
import { scheduling, startHealthy } from "./processes.ts";
import { table } from "./report.ts";
import { type Outcome, runAttacks } from "./run.ts";

const args = process.argv.slice(2);
/** The gateways that were started, so that they and their directories go when the runner is told to. */
let started: readonly Target[] = [];
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.once(signal, () => {
    const end = Promise.all(started.map((target) => target.end()));
    // The clients end with their stdin, which ends with this process.
    void end.finally(() => process.exit(1));
  });
}

const subscribers = 4;
const perSecond = 100;
const subscribesPerSecond = 10;
/** All of 127.0.0.0/8 is this machine, on Linux. */
const attackersAddress = "127.0.0.2";

try {
  const options = readOptions(args);
  if (options.help) console.log(help());
  else process.exitCode = (await run(options)) ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
// Lines that were never answered would hold the process.
process.exit();

/** Whether the gateway held. */
async function run({ attacks, seconds, json, url, strict }: Options): Promise<boolean> {
  const about = circumstances(args, "npm run attack");
  const target = url === undefined ? await ownGateway() : runningGateway(url, tokenOf(process.env));
  started = [target];
  const decoy = url === undefined ? await ownGateway() : undefined;
  if (decoy !== undefined) started = [target, decoy];
  progress(`the gateway: ${target.pid === undefined ? "" : `process ${target.pid}, `}port ${target.port}`);
  const outcomes: Outcome[] = [];
  let stopped: string | undefined;
  try {
    const { host, port, token } = target;
    const healthy = await startHealthy({ host, port, token, subscribers, perSecond, subscribesPerSecond });
    const from = process.platform === "linux" && host === "127.0.0.1" ? attackersAddress : undefined;
    try {
      await runAttacks(attacks, { target, decoy, healthy, seconds, from, progress }, (outcome) =>
        outcomes.push(outcome),
      );
    } finally {
      await healthy.end();
    }
  } catch (error) {
    stopped = [error instanceof Error ? error.message : String(error), ...lastWords(target)].join("\n");
    progress(`stopped: ${stopped}`);
  } finally {
    await Promise.all([target.end(), decoy?.end()]);
  }
  const quietMs = quietP99Ms(outcomes);
  const results = outcomes.map((outcome) => judged(outcome, quietMs));
  const failed = results.some(({ failures }) => failures.length > 0);
  const over = results.some((result) => result.over.length > 0);
  const held = stopped === undefined && !failed && !(strict && over);
  if (json !== undefined) {
    const result = { ...about, scheduling, seconds, held, stopped, quietP99Ms: quietMs, outcomes: results };
    writeFileSync(json, `${JSON.stringify(result, null, 2)}\n`);
  }
  const { machine, node, commit, modified, loadBefore } = about;
  console.log(`\n${table(results)}\n`);
  console.log(
    `${about.command}: ${seconds} s each, commit ${commit}${modified ? " modified" : ""}, ${machine.cores} cores ${machine.cpu}, ` +
      `${machine.system}, Node ${node}, load before ${loadBefore}; ${scheduling}; quiet p99 ${quietMs.toFixed(1)} ms`,
  );
  console.log(held ? (over ? "held; some were slow" : "held") : "did not hold");
  return held;
}

const lastWords = (target: Target): readonly string[] => (target.ended ? target.faults().slice(-1) : []);

function tokenOf(env: NodeJS.ProcessEnv): string {
  const token = env.SIGNALBOX_TOKEN;
  if (token === undefined || token === "") throw new UsageError("--url needs SIGNALBOX_TOKEN: the gateway's token");
  return token;
}

/** Beside the result, which alone goes to stdout. */
function progress(text: string): void {
  process.stderr.write(`${text}\n`);
}
