/** Programs that know a Redis and the channels of the web GUI document, and nothing of a gateway. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { root } from "../../scripts/repository.ts";
import { withoutOurs } from "./gateway.ts";
import type { RedisServer } from "./redis/index.ts";
import { until } from "./until.ts";

export type Said = Record<string, unknown>;

interface Program {
  /** Lines it printed. */
  readonly lines: string[];
  readonly stdin: Writable;
  /** Rejects unless it ends well. */
  readonly ended: Promise<void>;
  kill(): void;
}

/** In the folder of examples/webgui: a file there, or `-c` and a script. */
export function program(redis: RedisServer, ...args: string[]): Program {
  const child: ChildProcessByStdio<Writable, Readable, null> = spawn(join(root, ".venv/bin/python"), args, {
    cwd: join(root, "examples/webgui"),
    env: { ...withoutOurs(process.env), REDIS_URL: redis.url, SECONDS: "0.3", PYTHONDONTWRITEBYTECODE: "1" },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const kill = (): void => void child.kill("SIGKILL");
  process.once("exit", kill);
  const lines: string[] = [];
  createInterface(child.stdout).on("line", (line) => lines.push(line));
  const ended = once(child, "close").then(() => {
    process.off("exit", kill);
    if (child.exitCode !== 0) throw new Error(`python ${args[0]} ended with ${child.exitCode ?? child.signalCode}`);
  });
  ended.catch(() => {});
  return { lines, stdin: child.stdin, ended, kill };
}

/** Resolves with what it hears on `webgui:*`, once it listens. */
export async function consumer(redis: RedisServer): Promise<{ heard(): Said[]; kill(): void }> {
  const { lines, kill } = program(redis, "consumer.py");
  await until("it listens", () => lines.length > 0);
  return { heard: () => lines.slice(1).map((line): Said => JSON.parse(line)), kill };
}

/** The links on which gateways listen, as CLIENT LIST shows them. */
export const ears = async (redis: RedisServer): Promise<string[]> =>
  (await redis.command("client", "list", "type", "pubsub"))
    .split("\n")
    .filter((line) => line.includes("name=signalbox-webgui-ears"));
