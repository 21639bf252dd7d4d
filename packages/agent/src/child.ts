/** A real command that runs, with its output as streams that can be held back. */
import { type ChildProcess, spawn } from "node:child_process";
import type { Readable } from "node:stream";

export type StreamName = "stdout" | "stderr" | "pty";

export interface Exit {
  /** Null after a signal. */
  exitCode: number | null;
  /** Such as SIGTERM; null after a normal end. */
  signal: string | null;
}

export interface Output {
  readonly name: StreamName;
  /** Called once: `data` for each chunk, `end` after the last. */
  read(data: (chunk: Uint8Array) => void, end: () => void): void;
  /** A paused stream fills its pipe, then the command waits. */
  pause(): void;
  resume(): void;
  /** Nobody reads this any more: the command gets EPIPE or SIGPIPE. */
  destroy(): void;
}

export interface Child {
  readonly pid: number;
  readonly outputs: readonly Output[];
  readonly exit: Promise<Exit>;
  /** To the command and its descendants, where it has a group of its own. */
  kill(signal: NodeJS.Signals): void;
}

export interface ChildOptions {
  command: string;
  args: readonly string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
  stdin: "inherit" | "ignore";
  /** A process group of its own, so that signals reach all of it. Not for one that reads the terminal. */
  ownGroup: boolean;
}

/** Rejects with the system's error (`code` ENOENT, EACCES …) when the command cannot be started. */
export async function spawnPiped(options: ChildOptions): Promise<Child> {
  const child = spawn(options.command, [...options.args], {
    cwd: options.cwd,
    env: options.env,
    stdio: [options.stdin, "pipe", "pipe"],
    detached: options.ownGroup,
    windowsHide: true,
  });
  const exit = new Promise<Exit>((resolve) => {
    child.once("exit", (exitCode, signal) => resolve({ exitCode, signal }));
  });
  const { pid } = await spawned(child);
  return {
    pid,
    outputs: [outputOf("stdout", child.stdout), outputOf("stderr", child.stderr)],
    exit,
    kill: (signal) => {
      try {
        process.kill(options.ownGroup && process.platform !== "win32" ? -pid : pid, signal);
      } catch {
        // It ended in the meantime.
      }
    },
  };
}

function spawned(child: ChildProcess): Promise<{ pid: number }> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("spawn", () => {
      if (child.pid === undefined) reject(new Error("the system gave no process number"));
      else resolve({ pid: child.pid });
    });
  });
}

function outputOf(name: StreamName, stream: Readable): Output {
  return {
    name,
    read: (data, end) => {
      stream.on("data", data);
      stream.once("close", end);
      // What could be read was read; a broken pipe is an end.
      stream.on("error", () => undefined);
    },
    pause: () => stream.pause(),
    resume: () => stream.resume(),
    destroy: () => stream.destroy(),
  };
}
