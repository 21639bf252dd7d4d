/**
 * `gateway.json`, which a running gateway leaves in its data directory so that commands find it without being told.
 * It holds the token: only its owner may read it.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

export interface GatewayFile {
  url: string;
  token: string;
  pid: number;
}

const fileName = "gateway.json";
const dataDirName = ".signalbox";

export const gatewayFileIn = (dataDir: string): string => join(dataDir, fileName);

/** Where commands look that were started elsewhere. */
export const gatewayFileAtHome = (env: NodeJS.ProcessEnv): string => join(env.HOME || homedir(), dataDirName, fileName);

export function writeGatewayFile(path: string, content: GatewayFile): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  // The mode counts only for a new file, so it is a new one each time.
  const fresh = `${path}.${content.pid}.new`;
  writeFileSync(fresh, `${JSON.stringify(content)}\n`, { mode: 0o600 });
  renameSync(fresh, path);
}

/** Removes what this gateway wrote, not what a later one did. */
export function removeGatewayFile(path: string, pid: number): void {
  if (readGatewayFile(path)?.pid === pid) rmSync(path, { force: true });
}

export function readGatewayFile(path: string): GatewayFile | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    if (typeof value !== "object" || value === null) return undefined;
    const { url, token, pid }: Partial<Record<keyof GatewayFile, unknown>> = value;
    if (typeof url !== "string" || typeof token !== "string" || typeof pid !== "number") return undefined;
    return { url, token, pid };
  } catch {
    return undefined;
  }
}

/** All that may apply, nearest first: SIGNALBOX_DATA_DIR, then upwards from `cwd`, then the home directory. */
export function gatewayFilesFor(cwd: string, env: NodeJS.ProcessEnv): string[] {
  const places = env.SIGNALBOX_DATA_DIR ? [gatewayFileIn(env.SIGNALBOX_DATA_DIR)] : [];
  for (let folder = cwd; ; folder = dirname(folder)) {
    places.push(join(folder, dataDirName, fileName));
    if (dirname(folder) === folder) break;
  }
  places.push(gatewayFileAtHome(env));
  return [...new Set(places)];
}

/** The nearest gateway that runs; else the nearest that ran, since it may come back. */
export function findGateway(cwd: string, env: NodeJS.ProcessEnv): GatewayFile | undefined {
  const found = gatewayFilesFor(cwd, env).flatMap((path) => readGatewayFile(path) ?? []);
  return found.find(({ pid }) => isRunning(pid)) ?? found[0];
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, as somebody else.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
