/** Runs one command of the project on the pinned Node, whatever Node the system has. */
import { type SpawnOptions, spawn } from "node:child_process";
import { delimiter, join } from "node:path";
import { root } from "./repository.ts";

export interface Ran {
  /** Exit code; 1 when a signal ended it or it could not be started. */
  code: number;
  /** stdout and stderr as they came; empty when shown instead. */
  output: string;
}

/** node_modules/.bin first, so that `node`, `tsc`, `vitest` … are the ones of package-lock.json. */
export const projectEnv = (): NodeJS.ProcessEnv => ({
  ...process.env,
  PATH: [join(root, "node_modules", ".bin"), process.env.PATH ?? ""].join(delimiter),
});

/** Runs to the end. `show` streams to this terminal instead of collecting. */
export function run(
  command: string,
  args: readonly string[],
  options: { cwd?: string; show?: boolean; env?: NodeJS.ProcessEnv } = {},
): Promise<Ran> {
  const settings: SpawnOptions = {
    cwd: options.cwd ?? root,
    env: { ...projectEnv(), ...options.env },
    stdio: options.show ? ["ignore", "inherit", "inherit"] : ["ignore", "pipe", "pipe"],
  };
  return new Promise((resolve) => {
    const pieces: Buffer[] = [];
    const child = spawn(command, args, settings);
    child.stdout?.on("data", (piece: Buffer) => pieces.push(piece));
    child.stderr?.on("data", (piece: Buffer) => pieces.push(piece));
    child.once("error", (error) => resolve({ code: 1, output: `${command}: ${error.message}` }));
    child.once("close", (code) => resolve({ code: code ?? 1, output: Buffer.concat(pieces).toString("utf8") }));
  });
}
