/** A real command that runs, with its output as streams that can be held back. */
import { type ChildProcess, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { signalOne, signalSession } from "./session-signals.ts";

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

/** What a command reads, where somebody else than this process's own input writes it. */
export interface Input {
  /** Bytes that were given and not taken yet. */
  readonly waiting: number;
  /** Resolves when it was taken; rejects when nobody reads any more. */
  write(text: string): Promise<void>;
  /** No more will come. */
  end(): void;
}

export interface TerminalSize {
  columns: number;
  rows: number;
}

export interface Child {
  readonly pid: number;
  readonly outputs: readonly Output[];
  readonly exit: Promise<Exit>;
  /** Undefined where it has none, or it was closed. */
  readonly input: Input | undefined;
  /** Only in a pseudo-terminal. */
  resize?(size: TerminalSize): void;
  /** To the command and its descendants, where it has a session of its own. False: nobody was there any more. */
  kill(signal: NodeJS.Signals): boolean;
}

export interface ChildOptions {
  command: string;
  args: readonly string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
  stdin: "inherit" | "ignore" | "pipe";
  /** A session and process group of its own, so that signals reach all of it. Not for one that reads the terminal. */
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
  const { stdin, stdout, stderr } = child;
  // A command that closed its input is told of by each write; the stream's own error must not end this process.
  stdin?.on("error", () => undefined);
  const { pid } = await spawned(child);
  return {
    pid,
    outputs: [...outputOf("stdout", stdout), ...outputOf("stderr", stderr)],
    exit,
    get input() {
      return stdin?.writable ? inputOf(stdin) : undefined;
    },
    kill: (signal) => (options.ownGroup ? signalSession : signalOne)(pid, signal),
  };
}

const inputOf = (stream: Writable): Input => ({
  waiting: stream.writableLength,
  write: (text) =>
    new Promise((resolve, reject) => {
      stream.write(text, (error) => (error ? reject(error) : resolve()));
    }),
  end: () => stream.end(),
});

function spawned(child: ChildProcess): Promise<{ pid: number }> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("spawn", () => {
      if (child.pid === undefined) reject(new Error("the system gave no process number"));
      else resolve({ pid: child.pid });
    });
  });
}

/** A list of one: types say that there may be none. */
function outputOf(name: StreamName, stream: Readable | null): Output[] {
  if (stream === null) return [];
  const output: Output = {
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
  return [output];
}
