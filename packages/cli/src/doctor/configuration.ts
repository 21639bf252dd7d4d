/** What the gateway here is told: its configuration file and environment, as they stand, also where they are wrong. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { type GatewayConfig, loadConfig } from "@signalbox/gateway";
import type { DataDirFlags } from "../access/data-dir.ts";
import type { Io } from "../io.ts";
import { type Finding, fail } from "./check.ts";
import { list, member } from "./unsure.ts";

export interface Configuration {
  /** The keys of the file, and over them those of the environment. Nothing about them is sure. */
  readonly keys: Readonly<Record<string, unknown>>;
  /** The file, if there is one. */
  readonly path: string | undefined;
  readonly dataDir: string;
  /** Files with secrets in them: those it names, and itself if it holds any. */
  readonly secretFiles: readonly string[];
  /** Why a gateway would not start with it. */
  readonly problems: readonly Finding[];
  /** That nodes share; `undefined`: none, or it cannot be read. */
  readonly redis: GatewayConfig["redis"];
}

const fileName = "signalbox.config.json";

export function readConfiguration(flags: DataDirFlags, io: Io): Configuration {
  const named = flags.config ?? (io.env.SIGNALBOX_CONFIG || undefined);
  const path = resolve(io.cwd, named ?? fileName);
  const isThere = named !== undefined || existsSync(path);
  const inFile = isThere ? keysOf(path) : {};
  const keys = { ...inFile, ...fromEnvironment(io) };
  return {
    keys,
    path: isThere ? path : undefined,
    dataDir: dataDirOf(flags, inFile.dataDir, path, io),
    secretFiles: [
      ...(holdsSecret(inFile) ? [path] : []),
      ...namedSecretFiles(inFile).map((file) => resolve(io.cwd, file)),
    ],
    ...loaded(flags, io),
  };
}

function keysOf(path: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    // The gateway's own reading says what is wrong with it.
    return {};
  }
}

function fromEnvironment({ env }: Io): Record<string, unknown> {
  const { SIGNALBOX_HOST: host, SIGNALBOX_ADMIN_TOKEN: adminToken } = env;
  return { ...(host ? { host } : {}), ...(adminToken ? { adminToken } : {}) };
}

/** As the gateway finds it, also with a file that it would refuse. */
function dataDirOf(flags: DataDirFlags, inFile: unknown, path: string, io: Io): string {
  const given = flags.dataDir ?? (io.env.SIGNALBOX_DATA_DIR || undefined);
  if (given !== undefined) return resolve(io.cwd, given);
  return typeof inFile === "string" ? resolve(dirname(path), inFile) : resolve(io.cwd, ".signalbox");
}

const holdsSecret = ({ adminToken, sessionCookie, jwt }: Record<string, unknown>): boolean =>
  adminToken !== undefined || member(sessionCookie, "secrets") !== undefined || keysOfIssuers(jwt, "secret").length > 0;

const namedSecretFiles = ({ jwt, tls }: Record<string, unknown>): string[] =>
  [...keysOfIssuers(jwt, "secretFile"), member(tls, "key"), member(tls, "keyFile")].filter(
    (file): file is string => typeof file === "string" && !file.includes("\n"),
  );

const keysOfIssuers = (jwt: unknown, name: string): unknown[] =>
  list(jwt)
    .flatMap((issuer) => list(member(issuer, "keys")))
    .flatMap((key) => member(key, name) ?? []);

function loaded({ config }: DataDirFlags, io: Io): Pick<Configuration, "problems" | "redis"> {
  try {
    const { redis } = loadConfig({ flags: config === undefined ? {} : { config }, env: io.env, cwd: io.cwd });
    return { problems: [], redis };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const mend = "Correct it there: the gateway does not start with it.";
    return { problems: [fail("configuration", message, mend)], redis: undefined };
  }
}
