import { afterEach, beforeEach, expect, test } from "vitest";
import { Cli } from "./cli.ts";

let cli: Cli;

beforeEach(() => {
  cli = new Cli();
});

afterEach(() => cli.remove());

const lines = (count: number): string[] => Array.from({ length: count }, (_, i) => `line ${i + 1}`);
const program = (count: number): string[] => [
  process.execPath,
  "-e",
  `let i = 0;
   const print = () => {
     for (let k = 0; k < 100 && i < ${count}; k++) console.log("line " + ++i);
     if (i < ${count}) setTimeout(print, 5);
   };
   print();`,
];

test("run and tail go through three kills of the gateway without losing or doubling a line", async () => {
  const count = 20_000;
  const first = await cli.serve();
  const port = ["--port", String(first.port)];
  const run = cli.start(["run", "--id", "p1", "--", ...program(count)]);
  const tail = cli.start([
    "tail",
    "process:p1",
    "--since",
    "earliest",
    "--types",
    "process_output,process_stopped",
    "--until-stopped",
  ]);
  let gateway = first;
  for (const reached of [2_000, 8_000, 14_000]) {
    await tail.out(new RegExp(`^line ${reached}$`, "m"));
    gateway.running.child.kill("SIGKILL");
    await gateway.running.done;
    gateway = await cli.serve(...port);
  }
  expect((await run.done).code).toBe(0);
  const tailed = await tail.done;
  expect(tailed.code).toBe(0);
  expect(tailed.stdout.split("\n").slice(0, count)).toEqual(lines(count));
  expect(tailed.stderr).toContain("link lost");
  const kept = await cli.run(["tail", "process:p1", "--no-follow", "--since", "earliest", "--types", "process_output"]);
  expect(kept.stdout.trimEnd().split("\n")).toEqual(lines(count));
}, 120_000);

test("lines of a killed run are sent by `spool flush`, and by the next run", async () => {
  const gateway = await cli.serve();
  const port = ["--port", String(gateway.port)];
  gateway.running.child.kill("SIGKILL");
  await gateway.running.done;
  for (const id of ["k1", "k2"]) {
    const run = cli.start(["run", "--id", id, "--", ...program(1_000_000)]);
    await run.out(/^line 500$/m);
    run.child.kill("SIGKILL");
    await run.done;
  }
  const listed = await cli.run(["spool", "list", "--json"]);
  const waiting = listed.stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(waiting.map((spool) => [spool.channel, spool.inUse])).toEqual([
    ["process:k1", false],
    ["process:k2", false],
  ]);

  await cli.serve(...port);
  const flushed = await cli.run(["spool", "flush", "--json"]);
  expect(flushed.code).toBe(0);
  expect(
    flushed.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).left),
  ).toEqual([0, 0]);
  for (const id of ["k1", "k2"]) {
    const { stdout } = await cli.run([
      "tail",
      `process:${id}`,
      "--no-follow",
      "--since",
      "earliest",
      "--types",
      "process_output",
    ]);
    const kept = stdout.trimEnd().split("\n");
    expect(kept.length).toBeGreaterThanOrEqual(500);
    expect(kept).toEqual(lines(kept.length));
    const last = await cli.run(["tail", `process:${id}`, "--no-follow", "--last", "1"]);
    expect(last.stdout).toContain("lost");
  }
}, 60_000);

test("Ctrl-C while the gateway is away leaves the rest in the spool and keeps the exit code; the next run sends it", async () => {
  const gateway = await cli.serve();
  const port = ["--port", String(gateway.port)];
  gateway.running.child.kill("SIGKILL");
  await gateway.running.done;
  const run = cli.start(["run", "--id", "left", "--", "sh", "-c", "echo kept; exit 5"]);
  await run.err(/events waiting for the gateway/);
  run.child.kill("SIGINT");
  const done = await run.done;
  expect(done.code).toBe(5);
  expect(done.stderr).toContain("3 events stay in the spool");

  await cli.serve(...port);
  const tail = cli.start(["tail", "process:left", "--since", "earliest", "--until-stopped"]);
  const next = cli.start(["run", "--quiet", "--", "sh", "-c", "read line"]);
  expect((await tail.done).stdout).toContain("kept");
  next.child.stdin.end("\n");
  await next.done;
}, 60_000);
