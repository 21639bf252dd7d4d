/** One real redis-server in its own process and folder: for tests that kill, stall and restart it. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { makeCertificate } from "../../../packages/gateway/test/support/certificate.ts";
import { programPath } from "../../../scripts/setup-system.ts";
import { standsStill } from "../process-state.ts";
import { quietPort } from "../quiet-port.ts";
import { until } from "../until.ts";

export interface RedisOptions {
  /** Lines of redis.conf; they come after ours and win. */
  config?: readonly string[];
  /** Only TLS, with a certificate of the test's own. */
  tls?: boolean;
  /** Of the default user. */
  password?: string;
  /** Instead of Debian's redis-server. */
  program?: string;
}

export interface RedisServer {
  readonly host: "127.0.0.1";
  readonly port: number;
  readonly pid: number;
  /** With the password, if there is one: `redis://127.0.0.1:PORT`. */
  readonly url: string;
  /** PEM to trust it by; only with TLS. */
  readonly certificate?: string;
  /** What redis-cli prints for a command. Rejects on an error reply. */
  command(...words: readonly string[]): Promise<string>;
  /** Many at once, one a line, as in redis-cli's input; no quotes inside words. */
  commands(lines: readonly string[]): Promise<string>;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
  /** Again after `kill` or `shutdown`: same port, same folder. */
  start(): Promise<void>;
  /** SIGTERM: it ends as a service does, and saves. */
  shutdown(): Promise<void>;
  /** SIGSTOP: links stay, nothing is answered. */
  pause(): Promise<void>;
  resume(): void;
  /** Everything it printed, over all its lives. */
  logs(): string;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
}

const run = promisify(execFile);

/**
 * `no`: every write is handed to the kernel before its reply is sent, and is never put off for an fsync; so it survives SIGKILL
 * each time, and `everysec` mostly.
 */
const durable = ["appendonly yes", "appendfsync no", 'save ""'];

/** Enough that three servers started at once by two test files do not meet. */
const attempts = 5;

/** Resolves when it answers. `startRedis({config: ["maxmemory 10mb"]})` */
export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  return launch(options, [...durable, ...(options.config ?? [])]);
}

/** What Debian's redis-sentinel is, without its package. */
export const startOneSentinel = (lines: readonly string[]): Promise<RedisServer> => launch({}, lines, ["--sentinel"]);

async function launch(
  options: RedisOptions,
  lines: readonly string[],
  args: readonly string[] = [],
): Promise<RedisServer> {
  for (let attempt = 1; ; attempt++) {
    const server = prepare(options, lines, args, await quietPort());
    try {
      await server.start();
      return server;
    } catch (error) {
      const isTaken = /Address already in use|Failed listening/.test(server.logs());
      await server.stop();
      if (!isTaken || attempt === attempts) throw error;
    }
  }
}

function prepare(
  { tls, password, program }: RedisOptions,
  lines: readonly string[],
  args: readonly string[],
  port: number,
): RedisServer {
  const path = program ?? programPath(["redis-server"]);
  const cli = programPath(["redis-cli"]);
  if (!path || !cli) throw new Error("There is no redis-server or redis-cli; `npm test` installs them on Debian.");
  const folder = mkdtempSync(join(tmpdir(), "signalbox-redis-"));
  const certificate = tls ? makeCertificate(folder, "redis") : undefined;
  const config = join(folder, "redis.conf");
  const secure = certificate && [
    `port 0`,
    `tls-port ${port}`,
    `tls-cert-file ${certificate.certFile}`,
    `tls-key-file ${certificate.keyFile}`,
    "tls-auth-clients no",
  ];
  const ours = [
    "bind 127.0.0.1",
    ...(secure ?? [`port ${port}`]),
    `dir ${folder}`,
    "daemonize no",
    ...(password === undefined ? [] : [`requirepass ${password}`, `masterauth ${password}`]),
  ];
  writeFileSync(config, [...ours, ...lines, ""].join("\n"));
  const asClient = [
    ...["-h", "127.0.0.1", "-p", String(port), "-e"],
    ...(certificate ? ["--tls", "--cacert", certificate.certFile] : []),
  ];
  const env = { ...process.env, ...(password === undefined ? {} : { REDISCLI_AUTH: password }) };
  const ask = async (args: readonly string[], input?: string): Promise<string> => {
    const asked = run(cli, [...asClient, ...args], { env, timeout: 60_000, maxBuffer: 64 << 20 });
    if (input !== undefined) asked.child.stdin?.end(input);
    return (await asked).stdout.replace(/\n$/, "");
  };

  let logs = "";
  let child: ChildProcess | undefined;
  const hasEnded = (): boolean => child === undefined || child.exitCode !== null || child.signalCode !== null;
  const end = async (signal: "SIGKILL" | "SIGTERM"): Promise<void> => {
    if (child === undefined || hasEnded()) return;
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
  };

  return {
    host: "127.0.0.1",
    port,
    get pid() {
      if (child?.pid === undefined) throw new Error("it was never started");
      return child.pid;
    },
    url: `${tls ? "rediss" : "redis"}://${password === undefined ? "" : `:${password}@`}127.0.0.1:${port}`,
    ...(certificate ? { certificate: certificate.cert } : {}),
    command: (...words) => ask(words),
    commands: (all) => ask([], `${all.join("\n")}\n`),
    kill: () => end("SIGKILL"),
    shutdown: () => end("SIGTERM"),
    start: async () => {
      if (!hasEnded()) return;
      const started = spawn(path, [config, ...args], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
      child = started;
      const kill = (): boolean => started.kill("SIGKILL");
      process.once("exit", kill);
      started.once("exit", () => process.off("exit", kill));
      for (const stream of [started.stdout, started.stderr]) {
        stream.setEncoding("utf8").on("data", (text: string) => (logs += text));
      }
      await until(`the server on ${port} answers`, async () => {
        if (hasEnded()) throw new Error(`the server ended: ${logs}`);
        return (await ask(["ping"]).catch(String)).includes("PONG");
      });
    },
    pause: async () => {
      if (child?.pid === undefined) return;
      child.kill("SIGSTOP");
      await standsStill(child.pid);
    },
    resume: () => void child?.kill("SIGCONT"),
    logs: () => logs,
    stop: async () => {
      // A server that stands still takes no other signal.
      await end("SIGKILL");
      if (existsSync(folder)) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** All of them, also when one cannot be stopped. */
export async function stopAll(servers: readonly RedisServer[]): Promise<void> {
  const ended = await Promise.allSettled(servers.map((server) => server.stop()));
  for (const one of ended) if (one.status === "rejected") throw one.reason;
}

/** All of them, or none is left running. */
export async function startAll(starts: readonly Promise<RedisServer>[]): Promise<RedisServer[]> {
  const outcomes = await Promise.allSettled(starts);
  const started = outcomes.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  const failed = outcomes.find((one) => one.status === "rejected");
  if (failed === undefined) return started;
  await stopAll(started);
  throw failed.reason;
}
