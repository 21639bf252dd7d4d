/** Starts a server that runs on Node, or on what `command` names, and says in one line of JSON where it listens. */
import { type Child, firstLine, startChild } from "../child.ts";
import { inspectorUrl } from "../measure/inspector.ts";
import { type Place, pinned } from "../place.ts";

const readyWithinMs = 30_000;
/** Profiles are written at the end; without one a server has nothing to finish. */
const graceMs = 10_000;

export interface NodeServer {
  pid: number;
  port: number;
  readyMs: number;
  /** Where it can be inspected, if it was started so. */
  inspector: string | undefined;
  end(): Promise<void>;
}

export async function startNodeServer(
  name: string,
  place: Place,
  script: readonly string[],
  options: { cwd: string; env: NodeJS.ProcessEnv; command?: string },
): Promise<NodeServer> {
  const [command, args] = pinned(
    place.core,
    options.command ?? process.execPath,
    options.command ? script : [...place.nodeArgs, ...script],
  );
  const sinceMs = performance.now();
  const child: Child = await startChild(command, args, { cwd: options.cwd, env: options.env });
  const port = await firstLine(child, name, readyWithinMs, portOf);
  const readyMs = performance.now() - sinceMs;
  const inspector = inspectorUrl(child.errors());
  return { pid: child.pid, port, readyMs: Math.round(readyMs), inspector, end: () => child.end(graceMs) };
}

function portOf(line: string): number | undefined {
  if (!line.startsWith("{")) return undefined;
  const value: unknown = JSON.parse(line);
  if (typeof value !== "object" || value === null || !("port" in value)) return undefined;
  return typeof value.port === "number" ? value.port : undefined;
}
