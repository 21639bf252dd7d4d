/** The data directory of a gateway on this machine, found as `serve` finds it; the gateway need not run. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { GatewayConfig } from "@signalbox/gateway";
import type { Command } from "commander";
import { exitCodes, Failure } from "../failure.ts";
import type { Io } from "../io.ts";

export interface DataDirFlags {
  dataDir?: string;
  config?: string;
}

export const withDataDir = (command: Command): Command =>
  command
    .option("--data-dir <dir>", "the gateway's data directory (default: SIGNALBOX_DATA_DIR, else .signalbox)")
    .option("--config <file>", "configuration file (default: signalbox.config.json, if there is one)");

export const dataDirOf = async (flags: DataDirFlags, io: Io): Promise<string> => (await configOf(flags, io)).dataDir;

export async function configOf({ dataDir, config }: DataDirFlags, io: Io): Promise<GatewayConfig> {
  const { ConfigError, loadConfig } = await import("@signalbox/gateway");
  const flags = {
    ...(dataDir === undefined ? {} : { dataDir: resolve(io.cwd, dataDir) }),
    ...(config === undefined ? {} : { config }),
  };
  try {
    return loadConfig({ flags, env: io.env, cwd: io.cwd });
  } catch (error) {
    if (error instanceof ConfigError) throw new Failure(error.message, "Correct it there.", exitCodes.usage);
    throw error;
  }
}

/** For what would be lost in a new one: nobody is cut off by a file that no gateway follows. */
export async function existingDataDirOf(flags: DataDirFlags, io: Io): Promise<string> {
  const dataDir = await dataDirOf(flags, io);
  if (existsSync(dataDir)) return dataDir;
  throw new Failure(`${dataDir} does not exist`, "Name the gateway's data directory: --data-dir DIR.", exitCodes.usage);
}

/** What goes wrong with the files there. Wrong values are told as RangeError. */
export function accessFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof RangeError) return new Failure(message, "--help shows how it is used.", exitCodes.usage);
  return new Failure(message, "The file has to be readable and writable for you, as its gateway left it.");
}
