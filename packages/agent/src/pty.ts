/** The same command in a pseudo-terminal, for programs that draw or ask. Needs the optional package @lydell/node-pty. */
import { accessSync, constants, statSync } from "node:fs";
import { constants as system } from "node:os";
import { delimiter, resolve } from "node:path";
import type { Child, ChildOptions, Exit, Input, TerminalSize } from "./child.ts";
import { signalSession } from "./session-signals.ts";

export interface PtyChild extends Child {
  write(data: string): void;
  resize(size: TerminalSize): void;
}

/** What a keyboard sends for the end of input. */
export const endOfInput = "\u0004";

/** Is the optional package there, and does its binary load? Returns why not. */
export async function ptyFault(): Promise<string | undefined> {
  try {
    await import("@lydell/node-pty");
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.split("\n")[0] : String(error);
  }
}

/**
 * Rejects with ENOENT or EACCES like a plain start, and when the package is missing. If reading is held back at the
 * moment the command ends, what the kernel's terminal buffer still held (4 KiB) is lost: node-pty closes it then.
 */
export async function spawnPty(options: ChildOptions, size: TerminalSize): Promise<PtyChild> {
  const { spawn } = await import("@lydell/node-pty");
  const file = findProgram(options.command, options.env.PATH ?? "", options.cwd);
  const pty = spawn(file, [...options.args], {
    name: options.env.TERM ?? "xterm-256color",
    cols: size.columns,
    rows: size.rows,
    cwd: options.cwd,
    env: options.env,
    encoding: null,
  });
  let ended: (() => void) | undefined;
  const exit = new Promise<Exit>((done) => {
    pty.onExit(({ exitCode, signal }) => {
      ended?.();
      done(signal ? { exitCode: null, signal: signalName(signal) } : { exitCode, signal: null });
    });
  });
  return {
    pid: pty.pid,
    outputs: [
      {
        name: "pty",
        read: (data, end) => {
          // Without an encoding the chunks are bytes, whatever the package's types say.
          pty.onData((chunk: unknown) =>
            data(chunk instanceof Uint8Array ? chunk : Buffer.from(String(chunk), "utf8")),
          );
          ended = end;
        },
        pause: () => pty.pause(),
        resume: () => pty.resume(),
        destroy: () => pty.kill("SIGHUP"),
      },
    ],
    exit,
    input: options.stdin === "pipe" ? inputOf(pty) : undefined,
    kill: (signal) => signalSession(pty.pid, signal),
    write: (data) => pty.write(data),
    resize: ({ columns, rows }) => pty.resize(columns, rows),
  };
}

/** The terminal's own buffer is the kernel's, and node-pty does not say how full it is. */
const inputOf = (pty: { write(text: string): void }): Input => ({
  waiting: 0,
  write: async (text) => pty.write(text),
  end: () => pty.write(endOfInput),
});

/** A pseudo-terminal starts anything and only then fails, so the search is done before. */
function findProgram(command: string, path: string, cwd: string): string {
  const candidates = command.includes("/")
    ? [resolve(cwd, command)]
    : path.split(delimiter).map((directory) => resolve(cwd, directory, command));
  let code = "ENOENT";
  for (const candidate of candidates) {
    try {
      if (!statSync(candidate).isFile()) continue;
      accessSync(candidate, constants.X_OK);
      return candidate;
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "EACCES") code = "EACCES";
    }
  }
  throw Object.assign(new Error(`spawn ${command} ${code}`), { code });
}

const signalName = (number: number): string =>
  Object.entries(system.signals).find(([, value]) => value === number)?.[0] ?? `signal ${number}`;
