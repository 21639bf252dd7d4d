import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { root } from "../repository.ts";
import { run } from "../run.ts";
import { codesSource, readCodes } from "./codes.ts";
import { table } from "./table.ts";

const generate = (cwd: string, ...args: string[]) =>
  run("node", ["--conditions=source", "scripts/generate.ts", ...args], { cwd });

test("the generated files are those that their sources make", async () => {
  expect(await generate(root, "--check")).toEqual({ code: 0, output: "" });
});

test("--check names what is stale, missing or left over, and generating mends it", async () => {
  const copy = mkdtempSync(join(tmpdir(), "signalbox-generate-"));
  onTestFinished(() => rmSync(copy, { recursive: true }));
  const fileSchemas = ["packages/gateway/config.schema.json", "packages/agent/runner.schema.json"];
  const files = ["package.json", "biome.json", ".gitignore"];
  const parts = [
    "scripts",
    "spec",
    "docs/reference",
    "sdks/python/src/signalbox",
    "packages/protocol",
    "packages/core/src/reducers",
    ...fileSchemas,
    ...files,
  ];
  for (const part of parts) cpSync(join(root, part), join(copy, part), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));

  appendFileSync(join(copy, "docs/reference/limits.md"), "by hand\n");
  rmSync(join(copy, "spec/schemas/agent_log.json"));
  writeFileSync(join(copy, "spec/schemas/no_more.json"), "{}");
  const checked = await generate(copy, "--check");
  expect(checked.code).toBe(1);
  expect(checked.output.trim().split("\n").sort()).toEqual([
    "docs/reference/limits.md is stale: run npm run generate",
    "spec/schemas/agent_log.json is stale: run npm run generate",
    "spec/schemas/no_more.json is made by nothing: run npm run generate",
  ]);
  expect(readFileSync(join(copy, "docs/reference/limits.md"), "utf8")).toMatch(/by hand/);

  expect((await generate(copy)).output).toMatch(/2 written, 1 removed/);
  expect(await generate(copy, "--check")).toEqual({ code: 0, output: "" });
});

test("a code of codes.json becomes a row of codes.ts", () => {
  const { errors, closes } = readCodes();
  const source = codesSource({ errors, closes: [...closes, { number: 4999, name: "new_one", help: 'Say "why".' }] });
  expect(source).toContain('new_one: { number: 4999, help: "Say \\"why\\"." }');
});

test("a cell of a table cannot end it", () => {
  expect(table(["a"], [["x | y\nz"]])).toBe("| a |\n| --- |\n| x \\| y z |");
});
