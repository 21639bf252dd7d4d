/** Steering real commands: what is said of them is what the system says of them. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isGone, processState, standsStill } from "../../../test/support/process-state.ts";
import { until } from "../../../test/support/until.ts";
import type { ProcessControl } from "../src/control.ts";
import { type RunOptions, type RunResult, runProcess } from "../src/run-process.ts";
import { ScriptedGateway } from "./scripted-gateway.ts";

let root: string;
let server: ScriptedGateway;

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "signalbox-control-"));
  server = await ScriptedGateway.start();
});

afterEach(async () => {
  await server.stop();
  rmSync(root, { recursive: true, force: true });
});

interface Steered {
  control: ProcessControl;
  result: Promise<RunResult>;
}

function start(command: string, args: readonly string[], more: Partial<RunOptions> = {}): Promise<Steered> {
  return new Promise((resolve) => {
    const result = runProcess({
      ...{ command, args, processId: "p1", gateway: server.gateway, url: server.url },
      spool: { root: join(root, "spool") },
      random: () => 0,
      onStart: (control) => setImmediate(() => resolve({ control, result })),
      ...more,
    });
  });
}

const node = (script: string, more: Partial<RunOptions> = {}) => start(process.execPath, ["-e", script], more);

const types = (): string[] =>
  server.kept.map((event) => event.type).filter((type) => type !== "process_metric" && type !== "process_output");
const dataOf = (type: string) => server.kept.find((event) => event.type === type)?.data;
const printed = (text: string) => server.until(() => server.outputs().includes(text));

test("a paused command stands still with all it started, and goes on when it is resumed", async () => {
  // Job control puts the sleeper into a process group of its own.
  const { control, result } = await start("bash", ["-c", "set -m; sleep 600 & echo $!; exec sleep 601"]);
  await server.until(() => server.outputs().length > 0);
  const sleeper = Number(server.outputs()[0]);
  control.pause("user:ada");
  control.pause();
  await Promise.all([standsStill(control.pid), standsStill(sleeper)]);
  control.resume("user:ada");
  control.resume();
  await until("both run", () => processState(control.pid) !== "T" && processState(sleeper) !== "T");
  control.cancel({ reason: "cancelled by user:ada" });
  expect(await result).toMatchObject({ signal: "SIGTERM" });
  await isGone(sleeper);
  expect(types()).toEqual(["process_started", "process_paused", "process_resumed", "process_stopped"]);
  expect(dataOf("process_paused")).toEqual({ processId: "p1", by: "user:ada" });
  expect(dataOf("process_stopped")).toMatchObject({ signal: "SIGTERM", reason: "cancelled by user:ada" });
});

test("a paused command that is cancelled is continued, so that it can end by itself", async () => {
  const { control, result } = await node(
    'process.on("SIGTERM", () => process.exit(7)); setInterval(() => {}, 1e6); console.log("ready")',
  );
  await printed("ready");
  control.pause();
  await standsStill(control.pid);
  control.cancel();
  expect(await result).toMatchObject({ exitCode: 7 });
  expect(types().slice(-3)).toEqual(["process_paused", "process_resumed", "process_stopped"]);
});

test("what does not end after SIGTERM is killed after the grace, descendants that outlive the command too", async () => {
  const deaf = await node('process.on("SIGTERM", () => {}); setInterval(() => {}, 1e6); console.log("ready")');
  await printed("ready");
  deaf.control.cancel({ graceMs: 50 });
  expect(await deaf.result).toMatchObject({ signal: "SIGKILL" });

  const child = 'process.on(\\"SIGTERM\\", () => {}); setInterval(() => {}, 1e6); console.log(process.pid)';
  const parent = await start("bash", ["-c", `"${process.execPath}" -e "${child}" & wait`], { processId: "p2" });
  await server.until(() => server.outputs().length > 1);
  parent.control.cancel({ graceMs: 300 });
  expect(await parent.result).toMatchObject({ signal: "SIGTERM" });
  await isGone(Number(server.outputs()[1]));
});

test("input reaches the command, and its end too", async () => {
  const { control, result } = await start("cat", [], { stdin: "pipe" });
  await control.input("one\ntwo");
  await control.input(" and $(a half)\n", true);
  expect(await result).toMatchObject({ exitCode: 0 });
  expect(server.outputs()).toEqual(["one", "two and $(a half)"]);
});

test("input is refused with a reason: none wanted, closed, not read, ended", async () => {
  const deaf = await start("sleep", ["600"]);
  await expect(deaf.control.input("x")).rejects.toMatchObject({ code: "no_input" });
  expect(() => deaf.control.resize(80, 24)).toThrow(expect.objectContaining({ code: "no_terminal" }));
  deaf.control.cancel();
  await deaf.result;
  await expect(deaf.control.input("x")).rejects.toMatchObject({ code: "not_running" });
  expect(() => deaf.control.pause()).toThrow(expect.objectContaining({ code: "not_running" }));
  deaf.control.cancel();

  const silent = await start("sleep", ["600"], { stdin: "pipe", processId: "p2" });
  const given = silent.control.input("x".repeat(200_000)).catch((error: unknown) => error);
  await expect(silent.control.input("y")).rejects.toMatchObject({ code: "input_full" });
  silent.control.cancel();
  await silent.result;
  expect(await given).toMatchObject({ code: "no_input" });

  const closed = await start("cat", [], { stdin: "pipe", processId: "p3" });
  await closed.control.input("", true);
  await expect(closed.control.input("x")).rejects.toMatchObject({
    code: expect.stringMatching(/no_input|not_running/),
  });
  await closed.result;
});

test("in a pseudo-terminal a command gets input, its end, and the size of its window", async () => {
  const script = `
    process.stdout.on("resize", () => console.log("size " + process.stdout.columns + "x" + process.stdout.rows));
    process.stdin.on("data", (data) => console.log("heard " + data.toString().trim()));
    process.stdin.on("end", () => process.exit(3));
    console.log("ready");`;
  const { control, result } = await node(script, { pty: true, stdin: "pipe" });
  await printed("ready");
  await control.input("hello\n");
  await printed("heard hello");
  control.resize(101, 37);
  await printed("size 101x37");
  control.pause();
  await standsStill(control.pid);
  control.resume();
  await control.input("", true);
  expect(await result).toMatchObject({ exitCode: 3 });
});
