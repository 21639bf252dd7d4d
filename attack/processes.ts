/** The two clients' processes: the healthy one answers questions, an attacker runs for its time. Both end with the runner. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type Child, firstLine, startChild } from "../bench/child.ts";
import { canPin, loadCore, pinned, root } from "../bench/place.ts";
import type { AttackJob } from "./attacker/field.ts";
import { type AttackFigures, decodeFigures as decodeAttack } from "./attacker/tally.ts";
import { decodeFigures, type HealthyFigures, type HealthyJob } from "./healthy/figures.ts";

/** The attacker gets what the others leave of its core: it should wear out the gateway, not the machine. */
const niceness = 10;
const canNice = spawnSync("nice", ["-n", String(niceness), "true"], { stdio: "ignore" }).status === 0;

/** Longer than the healthy client waits for what is on its way. */
const answerWithinMs = 40_000;
const readyWithinMs = 20_000;
const spareMs = 10_000;

export const scheduling = [
  canPin ? "both clients on one core, the gateway where it likes" : "not pinned",
  canNice ? `the attacker at nice ${niceness}` : "the attacker without nice",
].join(", ");

export interface Healthy {
  figures(): Promise<HealthyFigures>;
  end(): Promise<void>;
}

async function client(script: string, niced: boolean): Promise<Child> {
  const [command, args] = pinned(loadCore, process.execPath, [join(import.meta.dirname, script)]);
  return niced && canNice
    ? startChild("nice", ["-n", String(niceness), command, ...args], { cwd: root, stdin: "pipe" })
    : startChild(command, args, { cwd: root, stdin: "pipe" });
}

export async function startHealthy(job: HealthyJob): Promise<Healthy> {
  const child = await client("healthy/main.ts", false);
  const { stdin, stdout } = child.process;
  if (stdin === null || stdout === null) throw new Error("the healthy client has no pipes");
  // What is written to a process that has ended is of no use: that it ended is said below.
  stdin.on("error", () => {});
  const answers: string[] = [];
  let came = (): void => {};
  createInterface({ input: stdout }).on("line", (line) => {
    answers.push(line);
    came();
  });

  const ask = (question: string, withinMs: number): Promise<string> =>
    new Promise((resolve, reject) => {
      const fail = (why: string): void => reject(new Error(`the healthy client ${why}\n${child.errors()}`));
      const silent = setTimeout(() => fail(`said nothing within ${withinMs} ms`), withinMs);
      void child.ended.then((how) => fail(`ended: ${how}`));
      came = () => {
        const answer = answers.shift();
        if (answer === undefined) return;
        clearTimeout(silent);
        resolve(answer);
      };
      stdin.write(`${question}\n`);
    });

  await ask(JSON.stringify(job), readyWithinMs);
  return {
    figures: async () => decodeFigures(await ask("figures", answerWithinMs)),
    end: () => child.end(1_000),
  };
}

/** Resolves when the attack is over; rejects when it could not be carried out. */
export async function attackOnce(job: AttackJob): Promise<AttackFigures> {
  const child = await client("attacker/main.ts", true);
  child.process.stdin?.on("error", () => {});
  child.process.stdin?.write(`${JSON.stringify(job)}\n`);
  try {
    const withinMs = job.seconds * 1000 + spareMs;
    return decodeAttack(await firstLine(child, `the attack ${job.attack}`, withinMs, (line) => line));
  } finally {
    await child.end(1_000);
  }
}
