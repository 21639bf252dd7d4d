/**
 * `npm test`: what the tests need, then all of them. `npm test -- packages/core` runs those whose path has that text.
 * The last line is `N passed, N failed`.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildDashboard } from "./dashboard.ts";
import { run } from "./run.ts";
import { setUpSystem } from "./setup-system.ts";
import { countLine, countTests } from "./test-count.ts";

async function test(filters: readonly string[]): Promise<number> {
  const problem = await setUpSystem();
  if (problem) {
    console.error(problem);
    return 1;
  }
  const unbuilt = await buildDashboard();
  if (unbuilt) console.error(`The dashboard is not built, so its tests will fail: ${unbuilt}`);

  const scratch = mkdtempSync(join(tmpdir(), "signalbox-test-"));
  const report = join(scratch, "report.json");
  try {
    const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
    const { code } = await run("vitest", ["run", ...reporters, ...filters], { show: true });
    const count = countTests(existsSync(report) ? readFileSync(report, "utf8") : undefined, code);
    console.log(countLine(count));
    return code === 0 && count.failed === 0 ? 0 : 1;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

process.exitCode = await test(process.argv.slice(2));
