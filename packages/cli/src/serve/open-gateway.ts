/** A gateway in this process, found by the commands of this machine while it runs. */
import { fileURLToPath } from "node:url";
import type { ConfigFlags, Gateway } from "@signalbox/gateway";
import { exitCodes, Failure } from "../failure.ts";
import {
  type GatewayFile,
  gatewayFileAtHome,
  gatewayFileIn,
  isRunning,
  readGatewayFile,
  removeGatewayFile,
  writeGatewayFile,
} from "../gateway-file.ts";
import type { Io } from "../io.ts";

export interface OpenGateway {
  gateway: Gateway;
  /** The port that was asked for; the gateway may have another. */
  wantedPort: number;
  close(): Promise<void>;
}

export async function openGateway(flags: ConfigFlags, io: Io): Promise<OpenGateway> {
  // The server and its store load only for those who serve: other commands start faster.
  const { ConfigError, createLog, loadConfig, startGateway } = await import("@signalbox/gateway");
  try {
    const config = loadConfig({ flags, env: io.env, cwd: io.cwd });
    // Standard output is for the link, or the line of JSON.
    const log = createLog({ ...config.log, pretty: io.err.isTerminal }, { write: (line) => io.err.write(line) });
    const dashboardDir = config.dashboardDir ?? builtDashboard();
    const gateway = await startGateway({ ...config, dashboardDir }, { log }).catch((error: unknown) => {
      throw error instanceof ConfigError ? error : startFailure(error, config.port);
    });
    const files = announce(gateway, io);
    return {
      gateway,
      wantedPort: config.port,
      close: async () => {
        for (const file of files) removeGatewayFile(file, process.pid);
        await gateway.close();
      },
    };
  } catch (error) {
    if (error instanceof ConfigError) throw new Failure(error.message, "Correct it there.", exitCodes.usage);
    throw error;
  }
}

/** Of the package that came with this one. */
function builtDashboard(): string {
  return fileURLToPath(new URL("dist", import.meta.resolve("@signalbox/dashboard/package.json")));
}

/** In the data directory always; at home unless another gateway that runs is the one known there. */
function announce({ url, token, dataDir }: Gateway, io: Io): string[] {
  const content: GatewayFile = { url, token, pid: process.pid };
  const home = gatewayFileAtHome(io.env);
  const known = readGatewayFile(home);
  const files = [gatewayFileIn(dataDir)];
  if (known === undefined || known.pid === process.pid || !isRunning(known.pid)) files.push(home);
  return files.filter((file) => {
    try {
      writeGatewayFile(file, content);
      return true;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      io.err.line(`commands elsewhere will need --url and --token: ${file} cannot be written (${why})`);
      return false;
    }
  });
}

function startFailure(error: unknown, port: number): Failure {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "EADDRINUSE") {
    const next = "Choose another with --port N, or leave --port out to take the next free one.";
    return new Failure(`port ${port} is taken`, next);
  }
  if (code === "EACCES") return new Failure(message, "Ports below 1024 need rights: choose another with --port N.");
  return new Failure(`the gateway could not start: ${message}`, "`signalbox doctor` looks at disk, port and Node.");
}
