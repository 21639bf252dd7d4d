/** Runs the real command line, in a home of its own. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const main = join(import.meta.dirname, "..", "src", "main.ts");

export interface Done {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Running {
  child: ChildProcessWithoutNullStreams;
  done: Promise<Done>;
  /** Resolves with all standard output so far once it matches; rejects if the command ends before. */
  out(pattern: RegExp): Promise<string>;
  err(pattern: RegExp): Promise<string>;
}

export class Cli {
  readonly home = realpathSync(mkdtempSync(join(tmpdir(), "signalbox-cli-")));
  readonly cwd = join(this.home, "work");
  readonly #running = new Set<ChildProcessWithoutNullStreams>();

  constructor() {
    mkdirSync(this.cwd);
  }

  start(args: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
    const { PATH, LANG } = process.env;
    const child = spawn(process.execPath, ["--conditions=source", main, ...args], {
      cwd: this.cwd,
      env: { PATH, LANG, HOME: this.home, ...env },
    });
    this.#running.add(child);
    const text = { stdout: "", stderr: "" };
    const watch = (name: "stdout" | "stderr") => {
      child[name].setEncoding("utf8").on("data", (chunk: string) => {
        text[name] += chunk;
      });
      return (pattern: RegExp): Promise<string> =>
        new Promise((resolve, reject) => {
          const look = (): void => {
            if (pattern.test(text[name])) resolve(text[name]);
          };
          child[name].on("data", look);
          child.once("close", () => reject(new Error(`ended without ${pattern}:\n${text.stdout}${text.stderr}`)));
          look();
        });
    };
    const [out, err] = [watch("stdout"), watch("stderr")];
    const done = new Promise<Done>((resolve) => {
      child.once("close", (code) => {
        this.#running.delete(child);
        resolve({ code, ...text });
      });
    });
    return { child, done, out, err };
  }

  run(
    args: readonly string[],
    { input = "", env = {} }: { input?: string; env?: NodeJS.ProcessEnv } = {},
  ): Promise<Done> {
    const { child, done } = this.start(args, env);
    child.stdin.on("error", () => undefined).end(input);
    return done;
  }

  /** A gateway on a free port, or the given one; ready when this resolves. */
  async serve(...args: string[]): Promise<{ url: string; token: string; port: number; running: Running }> {
    const running = this.start(["serve", "--json", ...(args.includes("--port") ? [] : ["--port", "0"]), ...args]);
    const ready = JSON.parse(await running.out(/\n/));
    return { ...ready, running };
  }

  async remove(): Promise<void> {
    const ended = [...this.#running].map((child) => new Promise((resolve) => child.once("close", resolve)));
    for (const child of this.#running) child.kill("SIGKILL");
    await Promise.all(ended);
    rmSync(this.home, { recursive: true, force: true });
  }
}
