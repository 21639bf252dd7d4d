import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { root } from "../repository.ts";
import { run } from "../run.ts";

test("Python reads every vector as TypeScript does", async () => {
  const { code, output } = await run("python3", ["spec/check_vectors.py"]);
  expect(output).toMatch(/^\d+ vectors agree\n$/);
  expect(code).toBe(0);
});

test("a vector that Python reads otherwise is named", async () => {
  const copy = mkdtempSync(join(tmpdir(), "signalbox-vectors-"));
  onTestFinished(() => rmSync(copy, { recursive: true }));
  cpSync(join(root, "spec"), copy, { recursive: true });
  const file = join(copy, "vectors/positions.json");
  writeFileSync(file, readFileSync(file, "utf8").replace('"k3v9:41"', '"k3v9:42"'));
  const { code, output } = await run("python3", [join(copy, "check_vectors.py")]);
  expect(code).toBe(1);
  expect(output).toMatch(/^the example of the protocol: vector says .*\n1 vectors differ, \d+ agree\n$/);
});

test("a scenario of an unknown shape is named", async () => {
  const copy = mkdtempSync(join(tmpdir(), "signalbox-scenarios-"));
  onTestFinished(() => rmSync(copy, { recursive: true }));
  cpSync(join(root, "spec"), copy, { recursive: true });
  const file = join(copy, "scenarios/resume.json");
  writeFileSync(file, readFileSync(file, "utf8").replace('{"pass": 499}', '{"wait": 499}'));
  const { code, output } = await run("python3", [join(copy, "check_vectors.py")]);
  expect(code).toBe(1);
  expect(output).toMatch(/^scenario resume: vector says None, Python .*\/steps\/\d+.*\n1 vectors differ, \d+ agree\n$/);
});
