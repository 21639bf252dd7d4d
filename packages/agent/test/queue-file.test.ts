/** The file of a queue: what was written is there again, whatever was cut off. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { fileStorage } from "../src/queue-file.ts";

function path(): string {
  const directory = mkdtempSync(join(tmpdir(), "signalbox-queue-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return join(directory, "below", "queue.jsonl");
}

test("what was written last is read again, in the same process and in the next", async () => {
  const file = path();
  const storage = fileStorage(file);
  await storage.write([
    ["a", "1"],
    ["b", "line\nbreak \u2028 é"],
  ]);
  await storage.write([
    ["a", undefined],
    ["c", "3"],
  ]);
  const now = new Map([
    ["b", "line\nbreak \u2028 é"],
    ["c", "3"],
  ]);
  expect(await storage.read()).toEqual(now);
  expect(await fileStorage(file).read()).toEqual(now);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test("half a line at the end, as a crash leaves it, does not count and is not continued", async () => {
  const file = path();
  await fileStorage(file).write([["a", "1"]]);
  appendFileSync(file, '[["b","2"');
  const storage = fileStorage(file);
  await storage.write([["c", "3"]]);
  expect([...(await fileStorage(file).read()).keys()]).toEqual(["a", "c"]);
});

test("what is out of date does not stay", async () => {
  const file = path();
  const storage = fileStorage(file);
  for (let n = 0; n < 200; n++) {
    await storage.write([[`m${n}`, "x".repeat(1_000)]]);
    await storage.write([[`m${n}`, undefined]]);
  }
  await storage.write([["last", "1"]]);
  expect(readFileSync(file).length).toBeLessThan(70_000);
  expect([...(await fileStorage(file).read()).keys()]).toEqual(["last"]);
});

test("a file that a living process has is refused; one whose process ended is taken", async () => {
  const file = path();
  fileStorage(file);
  const other = spawn(process.execPath, ["-e", "setInterval(() => {}, 1_000)"]);
  onTestFinished(() => void other.kill("SIGKILL"));
  await once(other, "spawn");
  writeFileSync(`${file}.owner`, JSON.stringify({ pid: other.pid }));
  expect(() => fileStorage(file)).toThrow(`process ${other.pid} uses this queue`);
  other.kill("SIGKILL");
  await once(other, "exit");
  expect((await fileStorage(file).read()).size).toBe(0);
  expect(JSON.parse(readFileSync(`${file}.owner`, "utf8"))).toMatchObject({ pid: process.pid });
});
