/** A gateway in this process, in memory, on any free port, whose log is read for faults. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLog, type Gateway, loadConfig, startGateway } from "@signalbox/gateway";
import { namespaces } from "../inputs/names.ts";

export interface LiveGateway extends Gateway {
  /** Throws if the log tells of a fault. */
  checkLog(): void;
}

export const token = ["fuzz", "fuzz", "fuzz", "token"].join("-");

/** Few events are kept, so that a million cases fit into memory; polls do not wait. */
const retention = { ageMs: 60_000, count: 200, bytes: 262_144 };

export async function openGateway(): Promise<LiveGateway> {
  const directory = mkdtempSync(join(tmpdir(), "signalbox-fuzz-"));
  const faults: string[] = [];
  const write = (line: string): void => {
    if (line.includes('"level":"error"') || line.includes('"level":"fatal"')) faults.push(line);
  };
  const config = loadConfig({
    flags: {
      port: 0,
      store: "memory",
      dashboardDir: "not-built",
      dataDir: directory,
      adminToken: token,
      limits: { pollWaitMs: 5 },
      namespaces: Object.fromEntries(namespaces.map((name) => [name, { retention }])),
    },
    env: {},
    cwd: directory,
  });
  const gateway = await startGateway(config, { log: createLog({ level: "warn", pretty: false }, { write }) });
  return {
    ...gateway,
    checkLog: () => {
      const fault = faults.shift();
      if (fault !== undefined) throw new Error(`the log says: ${fault}`);
    },
    close: async () => {
      await gateway.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
