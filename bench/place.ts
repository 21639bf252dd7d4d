/** Where processes run: which cores, which directories. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join, resolve } from "node:path";

export const root = resolve(import.meta.dirname, "..");

/** What a scenario asks of the processes it starts. */
export interface Place {
  /** The core of the process; undefined: any. */
  core: number | undefined;
  /** Arguments for Node before the script, such as those of its profiler. */
  nodeArgs: readonly string[];
  /** Changes to the gateway's limits, where a scenario is about what they would refuse; peers have none. */
  limits?: Readonly<Record<string, number>>;
  /** Messages a second of these types that one principal may send, likewise. */
  ratesPerS?: Readonly<Record<string, number>>;
  /** Events kept per channel, where a scenario is about what retention does; otherwise nothing is trimmed. */
  keptEvents?: number;
}

export const serverCore = 0;
export const loadCore = 1;

/** Server and load generator have a core each, where there are two and the means to hold them there. */
export const canPin: boolean =
  availableParallelism() >= 2 && spawnSync("taskset", ["-c", "0,1", "true"], { stdio: "ignore" }).status === 0;

/** A command held on one core. taskset becomes the command, so the process id is the command's own. */
export function pinned(core: number | undefined, command: string, args: readonly string[]): [string, string[]] {
  if (core === undefined || !canPin) return [command, [...args]];
  return ["taskset", ["-c", String(core), command, ...args]];
}

export interface TemporaryDirectory {
  path: string;
  remove(): void;
}

/** Removed by `remove`, or when the bench ends before that. */
export function temporaryDirectory(): TemporaryDirectory {
  const path = mkdtempSync(join(tmpdir(), "signalbox-bench-"));
  const drop = (): void => rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  process.once("exit", drop);
  return {
    path,
    remove: () => {
      process.off("exit", drop);
      drop();
    },
  };
}
