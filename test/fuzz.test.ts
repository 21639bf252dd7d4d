/** A26: every entry of the fuzzer, with so many cases of one seed: the process stays, and nothing is found. */
import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { entries } from "../fuzz/entries/index.ts";

const run = promisify(execFile);
const seed = 2026;
/** Each of these opens a database and syncs it to the disk, or opens connections in several requests. */
const fewer: Readonly<Record<string, number>> = { "store-files": 4_000, socketio: 4_000 };
const rows = entries.map(({ name }): [name: string, cases: number] => [name, fewer[name] ?? 20_000]);

test.each(rows)(`A26 %s: %d cases of seed ${seed}, and nothing is found`, async (name, cases) => {
  const options = ["--only", name, "--cases", String(cases), "--seed", String(seed)];
  const cwd = resolve(import.meta.dirname, "..");
  const { stdout } = await run(process.execPath, ["--conditions=source", "fuzz/main.ts", ...options], { cwd });
  console.log(stdout);
  expect(stdout).toContain(`| ${name} | ${cases} | ${seed} | 0 |`);
});
