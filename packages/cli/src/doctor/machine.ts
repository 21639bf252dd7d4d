/** What this machine brings: Node, SQLite, disk, a browser, a pseudo-terminal. */
import { accessSync, constants, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { listSpools, ptyFault, spoolRoot } from "@signalbox/agent";
import { counted } from "../text/describe.ts";
import { type Finding, fail, ok, warn } from "./check.ts";

const oldestNode = [22, 13];
/** Before these a request with a header named __proto__, or a TLS greeting, can end the process (March 2026). */
const safeNode: ReadonlyMap<number, readonly number[]> = new Map([
  [22, [22, 22, 2]],
  [23, [24]],
  [24, [24, 14, 1]],
  [25, [25, 8, 2]],
]);
/** Before it a crash at the wrong moment could reset the write-ahead log and lose commits. */
const safeSqlite = [3, 51, 3];
const GiB = 1_073_741_824;

export function checkNode(version: string): Finding {
  const mend = "Install a newer Node: https://nodejs.org";
  if (isBefore(version, oldestNode)) {
    return fail("node", `Node ${version} is older than ${oldestNode.join(".")}`, mend);
  }
  const safe = safeNode.get(Number.parseInt(version, 10));
  return safe !== undefined && isBefore(version, safe)
    ? warn("node", `Node ${version} can be ended by one request from outside (fixed in ${safe.join(".")})`, mend)
    : ok("node", `Node ${version}`);
}

export function checkSqlite(version: string | undefined): Finding {
  if (version === undefined) {
    return fail("sqlite", "this Node brings no SQLite", "Use a Node that was built with it: https://nodejs.org");
  }
  return isBefore(version, safeSqlite)
    ? warn(
        "sqlite",
        `SQLite ${version} can lose commits in a rare crash (WAL reset, fixed in ${safeSqlite.join(".")})`,
        "Update Node: 24 brings a newer SQLite.",
      )
    : ok("sqlite", `SQLite ${version}`);
}

export async function checkDataDir(dataDir: string): Promise<Finding> {
  const name = "data directory";
  const existing = nearestExisting(dataDir);
  try {
    if (existing === dataDir) {
      const probe = join(dataDir, `.doctor-${process.pid}`);
      writeFileSync(probe, "probe");
      rmSync(probe);
    } else {
      accessSync(existing, constants.W_OK);
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return fail(name, `${dataDir} cannot be written: ${why}`, "Change its owner, or choose another: --data-dir DIR.");
  }
  const { bavail, bsize } = await statfs(existing);
  const free = bavail * bsize;
  const text = `${dataDir} can be written, ${(free / GiB).toFixed(1)} GiB free`;
  const mend = "Make room, or choose another disk: --data-dir DIR.";
  if (free < GiB / 10) return fail(name, text, mend);
  return free < GiB ? warn(name, text, mend) : ok(name, text);
}

const browsers = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
const macBrowser = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";

export function checkBrowser(env: NodeJS.ProcessEnv): Finding {
  const folders = (env.PATH ?? "").split(delimiter);
  const found = [...folders.flatMap((folder) => browsers.map((each) => join(folder, each))), macBrowser].find(
    existsSync,
  );
  return found === undefined
    ? warn("browser", "no Chromium or Chrome (optional)", "Install one to watch a live browser: apt install chromium")
    : ok("browser", found);
}

export async function checkPty(): Promise<Finding> {
  const fault = await ptyFault();
  return fault === undefined
    ? ok("pseudo-terminal", "`run --pty` works")
    : warn("pseudo-terminal", `\`run --pty\` does not work: ${fault}`, "npm install @lydell/node-pty (optional)");
}

export function checkSpool(env: NodeJS.ProcessEnv): Finding {
  const root = spoolRoot(env);
  try {
    mkdirSync(root, { recursive: true, mode: 0o700 });
    accessSync(root, constants.W_OK);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return fail("spool", `${root} cannot be written: ${why}`, "Set XDG_STATE_HOME to a directory that can be.");
  }
  const left = listSpools(root).filter((spool) => !spool.inUse && spool.waiting > 0);
  const events = left.reduce((sum, spool) => sum + spool.waiting, 0);
  return left.length === 0
    ? ok("spool", `${root} can be written, nothing waits`)
    : warn("spool", `${counted(events, "event")} of ${counted(left.length, "run")} wait`, "signalbox spool flush");
}

function nearestExisting(path: string): string {
  let folder = path;
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}

function isBefore(version: string, least: readonly number[]): boolean {
  const parts = version.replace(/^v/, "").split(".").map(Number);
  for (const [at, need] of least.entries()) {
    const part = parts[at] ?? 0;
    if (part !== need) return part < need;
  }
  return false;
}
