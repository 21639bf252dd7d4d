/** A gateway of our own: the real command with its store on disk, in a directory that is removed with it. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ApiKeys, keysFile, openKeyFile } from "@signalbox/gateway";
import { type Child, firstLine, startChild } from "../../bench/child.ts";
import { root, temporaryDirectory } from "../../bench/place.ts";
import type { LoopDelay, Target } from "./target.ts";

const main = join(root, "packages/cli/src/main.ts");
const probe = pathToFileURL(join(import.meta.dirname, "loop-delay.ts")).href;
const readyWithinMs = 30_000;
const graceMs = 15_000;
const answerWithinMs = 5_000;
const faultsKept = 100;

export async function ownGateway(): Promise<Target> {
  const directory = temporaryDirectory();
  const token = randomBytes(24).toString("base64url");
  const dataDir = join(directory.path, "data");
  const keys = new ApiKeys({ store: openKeyFile(keysFile(dataDir)) });
  const attacker = await keys.create({ name: "attacker", role: "admin" });
  const serve = ["serve", "--json", "--port", "0", "--host", "127.0.0.1", "--data-dir", dataDir];
  const child = await startChild(process.execPath, ["--conditions=source", "--import", probe, main, ...serve], {
    cwd: directory.path,
    env: {
      ...withoutOurs(process.env),
      HOME: directory.path,
      XDG_STATE_HOME: directory.path,
      SIGNALBOX_ADMIN_TOKEN: token,
    },
    ipc: true,
  });
  const faults: string[] = [];
  child.process.stderr?.on("data", faultsIn(faults));
  let ended = false;
  void child.ended.then((how) => {
    ended = true;
    faults.push(`the gateway's process ended: ${how} ${child.errors().slice(-2_000)}`);
  });
  const port = await firstLine(child, "the gateway", readyWithinMs, portOf);
  return {
    host: "127.0.0.1",
    port,
    token,
    attackerToken: attacker.token,
    pid: child.pid,
    get ended() {
      return ended;
    },
    faults: () => faults,
    loopDelay: () => (ended ? Promise.resolve(undefined) : askLoopDelay(child)),
    end: async () => {
      await child.end(graceMs);
      directory.remove();
    },
  };
}

/** A developer's own SIGNALBOX_… settings must not change what is measured. */
const withoutOurs = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith("SIGNALBOX_")));

/** Collects log lines that say the gateway made a mistake, and whatever Node prints before it gives up. */
function faultsIn(faults: string[]): (text: string) => void {
  let rest = "";
  return (text) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (isFault(line) && faults.length < faultsKept) faults.push(line.slice(0, 1_000));
  };
}

const isFault = (line: string): boolean =>
  /"level":"(?:error|fatal)"|Unhandled|Uncaught|MaxListenersExceeded|heap out of memory|^node:internal/.test(line);

async function askLoopDelay({ process: gateway }: Child): Promise<LoopDelay | undefined> {
  const answer = once(gateway, "message", { signal: AbortSignal.timeout(answerWithinMs) });
  gateway.send("figures");
  try {
    const [said]: unknown[] = await answer;
    return isLoopDelay(said) ? said : undefined;
  } catch {
    return undefined;
  }
}

const isLoopDelay = (value: unknown): value is LoopDelay =>
  typeof value === "object" && value !== null && "p99Ms" in value && "maxMs" in value;

function portOf(line: string): number | undefined {
  if (!line.startsWith("{")) return undefined;
  const value: unknown = JSON.parse(line);
  if (typeof value !== "object" || value === null || !("port" in value)) return undefined;
  return typeof value.port === "number" ? value.port : undefined;
}
