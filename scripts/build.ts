/**
 * `npm run build`: every package to its dist/, in the order they depend on each other: JavaScript modules and
 * declarations by plain tsc, then the files tsc does not copy; the dashboard by Vite.
 * `npm run build -- NAME…`: only these, such as `@signalbox/client`.
 */
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { buildDashboard } from "./dashboard.ts";
import { filesOf, type Package, packagesOf } from "./repository.ts";
import { run } from "./run.ts";

/** Read by the code at run time, beside it. */
const assets = /\.(sql|json|lua)$/;

/** Nothing when it went well, otherwise why not. */
async function build({ directory }: Package): Promise<string | undefined> {
  if (existsSync(join(directory, "vite.config.ts"))) {
    rmSync(join(directory, "dist"), { recursive: true, force: true });
    return buildDashboard();
  }
  rmSync(join(directory, "dist"), { recursive: true, force: true });
  const { code, output } = await run("tsc", ["-p", "tsconfig.build.json", "--pretty", "false"], { cwd: directory });
  if (code !== 0) return output.trim();
  for (const file of filesOf(join(directory, "src")).filter((one) => assets.test(one))) {
    const target = join(directory, "dist", file);
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(join(directory, "src", file), target);
  }
  return unbuiltPaths(join(directory, "dist"));
}

/** tsc rewrites imports, not other mentions: a worker started from `./worker.ts` would be missing in dist/. */
function unbuiltPaths(dist: string): string | undefined {
  const found = listBuilt(dist).filter((file) =>
    /new URL\(\s*["'][^"']+\.ts["']/.test(readFileSync(join(dist, file), "utf8")),
  );
  return found.length === 0 ? undefined : `still name .ts files: ${found.join(", ")}`;
}

const listBuilt = (dist: string): string[] => filesOf(dist).filter((file) => file.endsWith(".js"));

const isBuilt = ({ directory }: Package): boolean =>
  ["vite.config.ts", "tsconfig.build.json"].some((file) => existsSync(join(directory, file)));

const wanted = process.argv.slice(2);
function isWanted({ manifest }: Package): boolean {
  return wanted.length === 0 || wanted.includes(manifest.name);
}

let failures = 0;
for (const one of packagesOf().filter((each) => isBuilt(each) && isWanted(each))) {
  const startMs = performance.now();
  const problem = await build(one);
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  console.log(`${problem ? "FAILED" : "ok    "} ${one.manifest.name.padEnd(22)} ${seconds} s`);
  if (!problem) continue;
  console.log(problem);
  failures++;
}
process.exitCode = failures === 0 ? 0 : 1;
