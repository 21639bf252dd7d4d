/** A history outlives the processes that write it: what was recorded before kill -9 can be read. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Recorder, readHistory, readProcess } from "../../src/history/index.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "signalbox-history-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("records of several processes come back in the order of time", () => {
  const recorders = ["a", "b"].map((process) => new Recorder({ folder, process, seed: 7 }));
  for (let round = 0; round < 3; round++) for (const recorder of recorders) recorder.record({ what: "healed" });
  const seen = readHistory(folder).map(({ process, n, seed }) => [process, n, seed]);
  expect(seen).toEqual([1, 2, 3].flatMap((n) => ["a", "b"].map((process) => [process, n, 7])));
});

test("a process that lives again writes another file", () => {
  new Recorder({ folder, process: "a", seed: 7 }).close();
  expect(() => new Recorder({ folder, process: "a", seed: 7 })).toThrow("EEXIST");
});

test("a last line that was cut off was not said; anything else that is not whole is an error", () => {
  const file = join(folder, "a.jsonl");
  const recorder = new Recorder({ folder, process: "a", seed: 7 });
  recorder.recordSynced({ what: "healed" });
  appendFileSync(file, '{"what":"hea');
  expect(readProcess(file)).toHaveLength(1);
  appendFileSync(file, "\n");
  expect(() => readProcess(file)).toThrow("JSON");
  writeFileSync(file, '{"what":"healed","n":2,"steadyMs":1,"process":"a"}\n');
  expect(() => readProcess(file)).toThrow("record 2 in place 1");
});

test("what a process recorded before kill -9 is there", async () => {
  const script = join(import.meta.dirname, "support/recorder-to-kill.ts");
  const child = spawn(process.execPath, ["--conditions=source", script, folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  const [said] = await once(child.stdout, "data");
  child.kill("SIGKILL");
  await ended;
  const lines = readHistory(folder);
  expect(lines.length).toBeGreaterThanOrEqual(Number(String(said).trim().split("\n").at(-1)));
  expect(lines.map(({ n }) => n)).toEqual(lines.map((_, index) => index + 1));
});
