/** Builds the dashboard when what is built is missing or older than its sources. */
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { filesOf, root } from "./repository.ts";
import { run } from "./run.ts";

/** The dashboard is made of its own files and of the packages it imports. */
const sources = ["dashboard", "client", "core", "protocol"].map((folder) => join(root, "packages", folder));
const built = join(root, "packages", "dashboard", "dist", "index.html");

export function isDashboardStale(): boolean {
  if (!existsSync(built)) return true;
  const builtMs = statSync(built).mtimeMs;
  return sources.some((directory) =>
    filesOf(directory).some((file) => !file.startsWith("test/") && statSync(join(directory, file)).mtimeMs > builtMs),
  );
}

/** Nothing when it is built; otherwise why not. Says so before it takes its seconds. */
export async function buildDashboard(): Promise<string | undefined> {
  const directory = join(root, "packages", "dashboard");
  if (!existsSync(join(directory, "vite.config.ts"))) return "packages/dashboard has no vite.config.ts yet";
  if (!isDashboardStale()) return undefined;
  console.error("Building the dashboard, a few seconds …");
  // A NODE_ENV from outside, such as a test runner's, would build React for development: 70 KB more, and slower.
  const env = { NODE_ENV: "production" };
  const { code, output } = await run("vite", ["build", "--logLevel", "warn"], { cwd: directory, env });
  if (code !== 0) return output.trim();
  compress(dirname(built));
  return undefined;
}

/** NAME.gz beside each NAME, for the gateway to send: nothing is compressed again for each visitor. */
function compress(directory: string): void {
  for (const file of filesOf(directory).filter((one) => /\.(css|html|js|json|svg)$/.test(one))) {
    const path = join(directory, file);
    writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }));
  }
}
