/** `npm run attack`, shortened: what has to hold whatever the machine is busy with. The full run is in docs/security.md. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, expect, test } from "vitest";
import type { Outcome } from "../attack/run.ts";
import { until } from "./support/until.ts";

const main = resolve(import.meta.dirname, "../attack/main.ts");
const subscribers = 4;

interface Runner {
  process: ChildProcess;
  said(): string;
  ended: Promise<unknown>;
}

const started: Runner[] = [];
const directories: string[] = [];
afterEach(async () => {
  for (const runner of started.splice(0)) {
    runner.process.kill("SIGTERM");
    await runner.ended;
  }
  for (const path of directories.splice(0)) rmSync(path, { recursive: true, force: true });
});

/** In a process group of its own, so that all it started can be found; its directories are where the test can see them. */
function attack(args: readonly string[], directory = newDirectory()): Runner {
  const child = spawn(process.execPath, ["--conditions=source", main, ...args], {
    cwd: directory,
    env: { ...process.env, TMPDIR: directory },
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
  }
  const runner = { process: child, said: () => said, ended: once(child, "close") };
  started.push(runner);
  return runner;
}

function newDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), "signalbox-attack-"));
  directories.push(path);
  return path;
}

/** Processes of a group that still run. */
function running(group: number | undefined): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      const [, state, , pgrp] = statOf(pid);
      return Number(pgrp) === group && state !== "Z";
    });
}

/** What /proc says after the name of the process: state, parent, group … */
function statOf(pid: number): (string | undefined)[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    return ["", ...text.slice(text.lastIndexOf(")") + 2).split(" ")];
  } catch {
    return [];
  }
}

test("A17 A26 A9 during huge frames, invalid messages and bad tokens nobody else loses anything and the gateway stays", async () => {
  const directory = newDirectory();
  const json = join(directory, "result.json");
  const runner = attack(["--seconds", "2", "--only", "huge-frames,invalid,bad-tokens", "--json", json], directory);
  await runner.ended;
  expect(runner.process.exitCode, runner.said()).toBe(0);
  const { held, outcomes } = JSON.parse(readFileSync(json, "utf8")) as { held: boolean; outcomes: Outcome[] };
  expect(held).toBe(true);
  expect(outcomes.map(({ attack: name, failures }) => ({ name, failures }))).toEqual(
    ["bad-tokens", "huge-frames", "invalid"].map((name) => ({ name, failures: [] })),
  );
  for (const { figures, before, during, after } of outcomes) {
    expect(Object.values(figures.sent).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(0);
    for (const { healthy } of [before, during, after]) {
      expect(healthy.published).toBeGreaterThan(0);
      expect(healthy.delivered).toBe(healthy.published * subscribers);
      expect(healthy).toMatchObject({ lost: 0, repeated: 0, refused: 0, cut: 0, subscribesFailed: 0 });
    }
  }
  const [badTokens, hugeFrames, invalid] = outcomes.map(({ figures }) => figures.answers);
  expect(badTokens).toMatchObject({ "401": expect.any(Number), "close 3501": expect.any(Number) });
  expect(badTokens).not.toHaveProperty("200");
  expect(hugeFrames).toMatchObject({ "close 1009": expect.any(Number) });
  expect(invalid).toMatchObject({ error: expect.any(Number), "close 3500": expect.any(Number) });
});

test.each([
  "http://192.0.2.1:7400",
  "http://example.test:7400",
  "http://127.0.0.1.example.test:7400",
  "http://127.0.0.1:7400@192.0.2.1",
  "https://127.0.0.1:7400",
  "127.0.0.1:7400",
])("nothing but this machine can be attacked: %s is refused", async (url) => {
  const runner = attack(["--url", url]);
  await runner.ended;
  expect(runner.process.exitCode).toBe(2);
  expect(runner.said()).toMatch(/is not this machine|must be like http:\/\/127\.0\.0\.1/);
});

test.each(["SIGINT", "SIGTERM"] as const)(
  "%s in the middle ends every process and leaves no directory",
  async (signal) => {
    const directory = newDirectory();
    const runner = attack(["--seconds", "60", "--only", "slowloris"], directory);
    await until("the clients run", () => runner.said().includes("quiet"));
    expect(running(runner.process.pid).length).toBeGreaterThanOrEqual(3);
    runner.process.kill(signal);
    await runner.ended;
    expect(runner.process.exitCode).toBe(1);
    await until("all are gone", () => running(runner.process.pid).length === 0, 20_000);
    expect(readdirSync(directory)).toEqual([]);
  },
);

test("when the runner is killed nothing goes on without it", async () => {
  const runner = attack(["--seconds", "60", "--only", "slowloris"]);
  await until("the clients run", () => runner.said().includes("quiet"));
  runner.process.kill("SIGKILL");
  await until("all are gone", () => running(runner.process.pid).length === 0, 20_000);
});
