/** Processes of the bench: each is ended by its own id, and none outlives the bench. */
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";

export interface Child {
  readonly process: ChildProcess;
  readonly pid: number;
  /** What it wrote to stderr, the newest 64 KiB. */
  errors(): string;
  /** Resolves with exit code or signal. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** SIGTERM, then SIGKILL when that does not help within `graceMs`. */
  end(graceMs: number): Promise<void>;
}

const errorsKept = 65_536;

/** stdin as said, stderr is collected, `ipc` adds a channel of messages. Rejects when the command cannot be started. */
export async function startChild(
  command: string,
  args: readonly string[],
  options: Pick<SpawnOptions, "cwd" | "env"> & { stdin?: "pipe" | "ignore"; ipc?: boolean },
): Promise<Child> {
  const { stdin = "ignore", ipc = false, ...rest } = options;
  const child = spawn(command, args, { ...rest, stdio: [stdin, "pipe", "pipe", ...(ipc ? (["ipc"] as const) : [])] });
  const kill = (): boolean => child.kill("SIGKILL");
  process.once("exit", kill);
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once("exit", (code, signal) => {
      process.off("exit", kill);
      resolve(code ?? signal ?? 1);
    });
  });
  let errors = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    errors = (errors + text).slice(-errorsKept);
  });
  await once(child, "spawn");
  if (child.pid === undefined) throw new Error(`${command} has no process id`);
  return {
    process: child,
    pid: child.pid,
    errors: () => errors,
    ended,
    end: async (graceMs) => {
      const overdue = setTimeout(kill, graceMs);
      child.kill("SIGTERM");
      await ended;
      clearTimeout(overdue);
    },
  };
}

/** The first line of stdout for which `found` gives something; rejects when the process ends or stays silent. */
export function firstLine<Found>(
  child: Child,
  what: string,
  withinMs: number,
  found: (line: string) => Found | undefined,
): Promise<Found> {
  return new Promise((resolve, reject) => {
    let text = "";
    const fail = (why: string): void => {
      clearTimeout(silent);
      child.process.kill("SIGKILL");
      reject(new Error(`${what} ${why}\n${text}${child.errors()}`));
    };
    const silent = setTimeout(() => fail(`said nothing within ${withinMs} ms`), withinMs);
    void child.ended.then((how) => fail(`ended with ${how}`));
    let done = false;
    child.process.stdout?.setEncoding("utf8").on("data", (more: string) => {
      // Read on to the end, so that the pipe never fills.
      if (done) return;
      text += more;
      for (const line of text.split("\n").slice(0, -1)) {
        const value = found(line);
        if (value === undefined) continue;
        done = true;
        clearTimeout(silent);
        resolve(value);
        return;
      }
    });
  });
}
