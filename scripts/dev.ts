/**
 * `npm run dev`: the gateway from its sources, restarted on every change, and the dashboard from Vite with hot reload.
 * Vite's proxy (packages/dashboard/vite.config.ts) sends API requests to SIGNALBOX_URL. Arguments go to `serve`.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { root } from "./repository.ts";
import { projectEnv } from "./run.ts";

/** Beside the gateway's 7400. */
const vitePort = 7401;

const children: ChildProcess[] = [];

function stop(): void {
  for (const child of children) child.kill("SIGTERM");
}

function start(command: string, args: string[], cwd: string, env: Record<string, string> = {}): ChildProcess {
  const child = spawn(command, args, { cwd, env: { ...projectEnv(), ...env }, stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  // With one of the two gone, the other is of no use.
  child.once("exit", (code) => {
    process.exitCode ??= code ?? 1;
    stop();
  });
  return child;
}

function field(line: string, name: string): string | undefined {
  try {
    const value: unknown = JSON.parse(line);
    const found =
      typeof value === "object" && value !== null ? Object.entries(value).find(([key]) => key === name) : [];
    return typeof found?.[1] === "string" ? found[1] : undefined;
  } catch {
    return undefined;
  }
}

/** The gateway says where it listens in one line of JSON; after a restart it says so again. */
function startDashboard(url: string, token: string): void {
  const directory = join(root, "packages", "dashboard");
  if (!existsSync(join(directory, "vite.config.ts"))) {
    console.log(`gateway at ${url}/#token=${token}; packages/dashboard has no vite.config.ts yet`);
    return;
  }
  const args = ["--host", "127.0.0.1", "--port", String(vitePort), "--strictPort", "--clearScreen", "false"];
  const vite = start("vite", args, directory, { SIGNALBOX_URL: url, SIGNALBOX_TOKEN: token });
  vite.stdout?.pipe(process.stdout);
  console.log(`dashboard, reloading: http://127.0.0.1:${vitePort}/#token=${token}`);
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, stop);

const main = join(root, "packages", "cli", "src", "main.ts");
const watched = ["--watch", "--watch-preserve-output", "--conditions=source", main];
const gateway = start(process.execPath, [...watched, "serve", "--json", ...process.argv.slice(2)], root);
let isShown = false;
if (gateway.stdout) {
  createInterface({ input: gateway.stdout }).on("line", (line) => {
    const url = field(line, "url");
    const token = field(line, "token");
    if (!url || !token) console.log(line);
    else if (!isShown) {
      isShown = true;
      startDashboard(url, token);
    }
  });
}
