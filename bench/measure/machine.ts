/** What a figure must name to be worth anything: where, when and with what it was measured. */
import { spawnSync } from "node:child_process";
import { availableParallelism, cpus, loadavg, release, totalmem, type } from "node:os";
import { canPin, root } from "../place.ts";

export interface Circumstances {
  command: string;
  /** ISO 8601, UTC. */
  date: string;
  commit: string;
  /** Files differ from the commit. */
  modified: boolean;
  node: string;
  machine: { cores: number; cpu: string; memoryGb: number; system: string };
  /** Server and load generator were held on a core each. */
  pinned: boolean;
  /** Processes that wanted a core during the minute before: above 0.5 others were at work here. */
  loadBefore: number;
}

export function circumstances(args: readonly string[], command = "npm run bench"): Circumstances {
  return {
    command: [command, ...(args.length > 0 ? ["--", ...args] : [])].join(" "),
    date: new Date().toISOString(),
    commit: git("rev-parse", "--short", "HEAD") || "unknown",
    modified: git("status", "--porcelain", "--untracked-files=no") !== "",
    node: process.version,
    machine: {
      cores: availableParallelism(),
      cpu: cpus()[0]?.model.trim() ?? "unknown",
      memoryGb: Math.round(totalmem() / 2 ** 30),
      system: `${type()} ${release()}`,
    },
    pinned: canPin,
    loadBefore: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  };
}

function git(...args: string[]): string {
  const { status, stdout } = spawnSync("git", args, { cwd: root, encoding: "utf8" });
  return status === 0 ? stdout.trim() : "";
}
