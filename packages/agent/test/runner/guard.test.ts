/** A runner in a process of its own is killed: what it started ends too. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, expect, test } from "vitest";
import { isGone, processState } from "../../../../test/support/process-state.ts";
import { until } from "../../../../test/support/until.ts";

let parent: ChildProcess | undefined;
afterEach(() => parent?.kill("SIGKILL"));

test("a killed runner's processes are ended with all of their group; one that it released is not", async () => {
  const script = join(import.meta.dirname, "../agent-with-guard.ts");
  parent = spawn(process.execPath, ["--conditions=source", script], { stdio: ["ignore", "pipe", "inherit"] });
  const lines: string[] = [];
  createInterface({ input: parent.stdout ?? process.stdin }).on("line", (line) => lines.push(line));
  await until("all run", () => lines.length === 3);
  const [watched = 0, inner = 0, released = 0] = lines.map(Number);
  // A signal is taken when the process next has the processor.
  await until("the inner one is stopped", () => processState(inner) === "T");
  expect([watched, released].map(processState)).toEqual([expect.any(String), expect.any(String)]);
  const gone = once(parent, "exit");
  parent.kill("SIGKILL");
  await gone;
  await Promise.all([isGone(watched), isGone(inner)]);
  expect(processState(released)).toBeDefined();
  process.kill(released, "SIGKILL");
});
