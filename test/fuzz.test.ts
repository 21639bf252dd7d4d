/** A26: every entry of the fuzzer, with so many cases of one seed: the process stays, and nothing is found. */
import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { entries } from "../fuzz/entries/index.ts";

const run = promisify(execFile);
const cases = "20000";
const seed = "2026";

test.each(entries.map(({ name }) => name))(
  `A26 %s: ${cases} cases of seed ${seed}, and nothing is found`,
  async (name) => {
    const args = ["--conditions=source", "fuzz/main.ts", "--only", name, "--cases", cases, "--seed", seed];
    const { stdout } = await run(process.execPath, args, { cwd: resolve(import.meta.dirname, "..") });
    console.log(stdout);
    expect(stdout).toContain(`| ${name} | ${cases} | ${seed} | 0 |`);
  },
);
