/** The Python package: each of its tests is one here. They start gateways of their own. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { root } from "../scripts/repository.ts";
import { run } from "../scripts/run.ts";
import { withoutOurs } from "./support/gateway.ts";

const folder = join(root, "sdks/python");
const python = join(root, ".venv/bin/python");

interface Result {
  name: string;
  outcome: "passed" | "failed" | "skipped";
  /** Why it failed or was skipped. */
  text: string;
}

const isResult = (value: unknown): value is Result =>
  typeof value === "object" && value !== null && "name" in value && "outcome" in value && "text" in value;

/** One line of JSON a test, as sdks/python/tests/results.py writes them. */
function readResults(file: string): Result[] {
  if (!existsSync(file)) return [];
  const lines: unknown[] = readFileSync(file, "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  return lines.filter(isResult);
}

const scratch = mkdtempSync(join(tmpdir(), "signalbox-python-"));
const file = join(scratch, "results.jsonl");
const { code, output } = await run(python, ["-m", "pytest", "-p", "tests.results", "--results", file], {
  cwd: folder,
  env: { ...withoutOurs(process.env), PYTHONPATH: folder, XDG_STATE_HOME: join(scratch, "state") },
});
const results = readResults(file);
rmSync(scratch, { recursive: true, force: true });

describe("sdks/python", () => {
  test("its tests ran to their end", () => {
    const failed = results.filter(({ outcome }) => outcome === "failed").length;
    expect(results.length, output).toBeGreaterThan(0);
    expect(code, output).toBe(failed === 0 ? 0 : 1);
  });

  test("A47 a hostile server costs its client a link, and nothing more", () => {
    const hostile = results.filter(({ name }) => name.includes("test_hostile_server"));
    expect(hostile.length).toBeGreaterThan(20);
    expect(hostile.filter(({ outcome }) => outcome !== "passed")).toEqual([]);
  });

  for (const { name, outcome, text } of results) {
    test(name, ({ skip }) => {
      if (outcome === "skipped") skip(text);
      expect(outcome, text).toBe("passed");
    });
  }
});
