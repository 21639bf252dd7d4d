/** A real gateway in its own process, as a user would start it: for tests that kill, stop and restart it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");

export interface GatewayOptions {
  /** Default: a fresh one, removed by `stop`. */
  dataDir?: string;
  /** Default 0: a free one, kept over restarts. */
  port?: number;
  env?: Record<string, string>;
  /** Further arguments of `serve`. */
  args?: string[];
}

export interface Gateway {
  /** Without a path: `http://127.0.0.1:PORT`. */
  readonly url: string;
  readonly token: string;
  readonly port: number;
  readonly pid: number;
  readonly dataDir: string;
  /** Everything it printed, over all its lives. */
  logs(): string;
  /** SIGKILL; resolves when the process is gone. */
  kill9(): Promise<void>;
  /** SIGTERM; rejects unless it ends with exit code 0. Removes a data directory made here. */
  stop(): Promise<void>;
  /** Starts it again on the same port and data directory, after ending it gently where it still lives. */
  restart(): Promise<void>;
}

/** The line of JSON that `serve --json` prints when it accepts connections. */
interface Ready {
  url: string;
  token: string;
  port: number;
  pid: number;
}

const readyWithinMs = 60_000;
const stopWithinMs = 45_000;

/** Rejects, with what the gateway printed, when it ends or stays silent instead of getting ready. */
export async function startGateway(options: GatewayOptions = {}): Promise<Gateway> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), "signalbox-gateway-"));
  mkdirSync(dataDir, { recursive: true });
  let logs = "";
  let child: ChildProcess;
  let ready: Ready;

  const launch = async (port: number): Promise<void> => {
    const main = join(root, "packages/cli/src/main.ts");
    const serve = ["serve", "--json", "--port", String(port), "--data-dir", dataDir, ...(options.args ?? [])];
    child = spawn(process.execPath, ["--conditions=source", main, ...serve], {
      cwd: dataDir,
      env: { ...withoutOurs(process.env), ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const kill = (): boolean => child.kill("SIGKILL");
    process.once("exit", kill);
    child.once("exit", () => process.off("exit", kill));
    ready = await readiness(child, (text) => {
      logs += text;
      return logs;
    });
  };

  const end = async (signal: "SIGKILL" | "SIGTERM"): Promise<void> => {
    if (hasEnded(child)) return;
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
  };

  const stop = async (): Promise<void> => {
    const overdue = setTimeout(() => child.kill("SIGKILL"), stopWithinMs);
    const lived = !hasEnded(child);
    await end("SIGTERM");
    clearTimeout(overdue);
    if (lived && child.exitCode !== 0) {
      throw new Error(`the gateway did not stop cleanly: ${child.exitCode ?? child.signalCode}\n${logs}`);
    }
  };

  await launch(options.port ?? 0);
  return {
    get url() {
      return ready.url;
    },
    get token() {
      return ready.token;
    },
    get port() {
      return ready.port;
    },
    get pid() {
      return ready.pid;
    },
    dataDir,
    logs: () => logs,
    kill9: () => end("SIGKILL"),
    stop: async () => {
      try {
        await stop();
      } finally {
        if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
      }
    },
    restart: async () => {
      await stop();
      await launch(ready.port);
    },
  };
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

/** A developer's own SIGNALBOX_… settings must not reach the tests. */
export function withoutOurs(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith("SIGNALBOX_")));
}

function readiness(child: ChildProcess, log: (text: string) => string): Promise<Ready> {
  return new Promise((resolve, reject) => {
    /** What it printed so far; undefined once it is ready. */
    let out: string | undefined = "";
    const fail = (why: string): void => {
      child.kill("SIGKILL");
      reject(new Error(`the gateway ${why}\n${log("")}`));
    };
    const silent = setTimeout(() => fail(`was not ready within ${readyWithinMs} ms`), readyWithinMs);
    child.once("error", (error) => fail(`could not be started: ${error.message}`));
    child.once("exit", (code, signal) => {
      clearTimeout(silent);
      fail(`ended before it was ready: ${code ?? signal}`);
    });
    child.stderr?.setEncoding("utf8").on("data", log);
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      log(text);
      if (out === undefined) return;
      out += text;
      const found = out.split("\n").slice(0, -1).map(readyOf).find(Boolean);
      if (!found) return;
      out = undefined;
      clearTimeout(silent);
      resolve(found);
    });
  });
}

function readyOf(line: string): Ready | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    return isReady(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isReady(value: unknown): value is Ready {
  if (typeof value !== "object" || value === null) return false;
  const { url, token, port, pid } = value as Record<string, unknown>;
  return typeof url === "string" && typeof token === "string" && typeof port === "number" && typeof pid === "number";
}
