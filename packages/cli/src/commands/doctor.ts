import type { Command } from "commander";
import { type DataDirFlags, withDataDir } from "../access/data-dir.ts";
import { type ConnectionFlags, connectionOf, withConnection } from "../connection.ts";
import { type Finding, ok } from "../doctor/check.ts";
import type { Configuration } from "../doctor/configuration.ts";
import { checkGateway } from "../doctor/gateway.ts";
import { checkBrowser, checkDataDir, checkNode, checkPty, checkSpool, checkSqlite } from "../doctor/machine.ts";
import { checkRedis } from "../doctor/nodes.ts";
import { exitCodes, Failure } from "../failure.ts";
import type { Io } from "../io.ts";

interface DoctorFlags extends ConnectionFlags, DataDirFlags {
  json?: true;
}

export function addDoctor(program: Command, io: Io): void {
  const command = program
    .command("doctor")
    .summary("say what is wrong here, and how to mend it")
    .description(
      "Looks at Node, disk, port, gateway, token, transports and clock, and at what is risky in the configuration and the " +
        "data directory; says how to mend what is wrong.",
    )
    .option("--json", "print {ok, checks: [{name, status, message, mend}]}")
    .addHelpText(
      "after",
      `
Exits with 1 if something fails; warnings do not count.

Examples:
  signalbox doctor
  signalbox doctor --url http://build-3:7400 --token "$TOKEN"
  signalbox doctor --json | jq '.checks[] | select(.status != "ok")'`,
    );
  withConnection(withDataDir(command)).action(async (flags: DoctorFlags) => {
    process.exitCode = await doctor(flags, io);
  });
}

async function doctor(flags: DoctorFlags, io: Io): Promise<number> {
  const { readConfiguration } = await import("../doctor/configuration.ts");
  const configuration = readConfiguration(flags, io);
  const checks: Finding[] = [
    checkNode(process.versions.node),
    checkSqlite(process.versions.sqlite),
    ...(await checkGateway(flags, io)),
    ...(configuration.redis === undefined ? [] : await checkRedis(configuration.redis)),
    await checkDataDir(configuration.dataDir),
    checkSpool(io.env),
    await checkPty(),
    checkBrowser(io.env),
    ...(await risks(configuration, flags, io)),
  ];
  const fine = checks.every((check) => check.status !== "fail");
  if (flags.json) io.out.line(JSON.stringify({ ok: fine, checks }));
  else for (const check of checks) print(check, io);
  return fine ? exitCodes.ok : exitCodes.failure;
}

/** What works, and is dangerous. One line when there is nothing. */
async function risks(configuration: Configuration, flags: DoctorFlags, io: Io): Promise<Finding[]> {
  const { configurationRisks, hasTls } = await import("../doctor/risks.ts");
  const { keyRisks, privacyRisks } = await import("../doctor/data-dir.ts");
  const { reachableRisks } = await import("../doctor/exposure.ts");
  const { keys, path, dataDir, secretFiles, problems } = configuration;
  const told = configurationRisks(keys);
  const url = runningUrl(flags, io);
  const isTold = hasTls(keys) || told.some(({ name }) => name === "exposure");
  const found = [
    ...problems,
    ...told,
    ...(isTold || url === undefined ? [] : await reachableRisks(url)),
    ...privacyRisks(dataDir, secretFiles),
    ...keyRisks(dataDir, Date.now()),
  ];
  const where = path ?? "no configuration file";
  return found.length > 0 ? found : [ok("configuration", `${where}, ${dataDir}: nothing risky`)];
}

function runningUrl(flags: DoctorFlags, io: Io): string | undefined {
  try {
    return connectionOf(flags, io).url;
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}

function print({ name, status, message, mend }: Finding, io: Io): void {
  const { paint } = io.out;
  const mark = { ok: paint.green("ok  "), warn: paint.yellow("warn"), fail: paint.red("FAIL") }[status];
  io.out.line(`${mark}  ${paint.bold(name)}: ${message}`);
  if (mend !== undefined) io.out.line(`      ${paint.dim("→")} ${mend}`);
}
