/**
 * A gateway in a process of its own that can be asked how it fares: `node --expose-gc watched-gateway.ts DATADIR`.
 * To each message from its parent it answers with `Health`.
 */
import { createLog, loadConfig, startGateway } from "@signalbox/gateway";

export interface Health {
  port: number;
  pid: number;
  token: string;
  /** Exceptions and rejections that nobody took, and lines of the log that tell of a fault. */
  unhandled: string[];
  /** Memory in use after everything that can be freed was: heap, and what buffers hold outside it. */
  bytes: number;
}

const [, , dataDir = "."] = process.argv;
const unhandled: string[] = [];
// Listening keeps the process alive: what it had to hear is the result, not its end.
process.on("uncaughtException", (error) => unhandled.push(`exception: ${error.stack}`));
process.on("unhandledRejection", (reason) => unhandled.push(`rejection: ${String(reason)}`));
process.on("warning", (warning) => unhandled.push(`warning: ${warning.stack}`));
process.on("disconnect", () => process.exit(0));

const log = createLog(
  { level: "warn", pretty: false },
  { write: (line: string) => /"level":"(error|fatal)"/.test(line) && unhandled.push(line) },
);
const flags = { port: 0, store: "memory", dataDir, dashboardDir: "not-built" } as const;
const limits = { authMs: 1_000, messageMs: 1_000, headerMs: 1_000, requestMs: 1_000 };
const gateway = await startGateway(loadConfig({ flags: { ...flags, limits }, env: {}, cwd: dataDir }), { log });

const tell = (bytes: number): void => {
  const { port, token } = gateway;
  const health: Health = { port, token, pid: process.pid, unhandled: [...unhandled], bytes };
  process.send?.(health);
};

/** Some objects are freed only after others were: until a further collection frees nothing more. */
async function measured(): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let same = 0; same < 3; ) {
    await new Promise<void>((resolve) => setImmediate(resolve));
    globalThis.gc?.();
    const { heapUsed, external } = process.memoryUsage();
    const bytes = heapUsed + external;
    same = bytes < least - 10_000 ? 0 : same + 1;
    least = Math.min(least, bytes);
  }
  return least;
}

process.on("message", () => void measured().then(tell));
tell(0);
