/** The `signalbox` command in a process of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join, resolve } from "node:path";
import { withoutOurs } from "./gateway.ts";

const main = join(resolve(import.meta.dirname, "../.."), "packages/cli/src/main.ts");

export interface Running {
  readonly process: ChildProcess;
  stdout(): string;
  stderr(): string;
  /** Resolves when standard output holds what the test looks for; rejects if the process ends first. */
  until(found: (stdout: string) => boolean): Promise<void>;
  /** Resolves with the exit code, or the signal's name. */
  readonly ended: Promise<number | string>;
}

export interface CliOptions {
  cwd: string;
  env?: Record<string, string>;
}

export function cli(args: readonly string[], options: CliOptions): Running {
  const child = spawn(process.execPath, ["--conditions=source", main, ...args], {
    cwd: options.cwd,
    env: { ...withoutOurs(process.env), XDG_STATE_HOME: join(options.cwd, "state"), HOME: options.cwd, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const kill = (): boolean => child.kill("SIGKILL");
  process.once("exit", kill);
  let out = "";
  let err = "";
  const watchers = new Set<() => void>();
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
    for (const look of watchers) look();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    err += text;
  });
  const ended = once(child, "close").then(() => {
    process.off("exit", kill);
    return child.exitCode ?? child.signalCode ?? "unknown";
  });
  return {
    process: child,
    stdout: () => out,
    stderr: () => err,
    ended,
    until: (found) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (!found(out)) return;
          watchers.delete(look);
          resolve();
        };
        watchers.add(look);
        void ended.then((how) => {
          look();
          if (watchers.delete(look))
            reject(new Error(`ended (${how}) before it said so\n${out.slice(-2_000)}\n${err.slice(-4_000)}`));
        });
        look();
      }),
  };
}
